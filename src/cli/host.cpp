// Both ends of a command that is carried out in another process.
#include "cli/host.hpp"

#include "register/writer.hpp"

#include <charconv>
#include <iostream>
#include <sstream>
#include <streambuf>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using registers::Record;
using registers::Writer;

constexpr int patience_ms = 60'000;  // for the other side's next word within a command

// Standard input of the command at the other end, asked for when it is needed. Throws Failure when the other
// side goes away before the end: what breaks off must not pass for what was meant.
class RemoteInput : public std::streambuf {
 public:
    explicit RemoteInput(os::Connection& connection) : connection_(connection) {}

 protected:
    int_type underflow() override {
        if (ended_) return traits_type::eof();
        if (auto asked = connection_.send('i', {}); !asked) throw Failure(asked.error());
        auto frame = connection_.receive(patience_ms);
        if (!frame) throw Failure(frame.error());
        if (frame->kind != 'I') {
            throw Failure({Code::bad_file,
                           {"標準入力の代わりに別のものが届きました。",
                            "Something else arrived in place of standard input."}});
        }
        if (frame->bytes.empty()) {
            ended_ = true;
            return traits_type::eof();
        }
        chunk_ = std::move(frame->bytes);
        setg(chunk_.data(), chunk_.data(), chunk_.data() + chunk_.size());
        return traits_type::to_int_type(chunk_.front());
    }

 private:
    os::Connection& connection_;
    std::string chunk_;
    bool ended_ = false;
};

std::optional<std::vector<std::string>> arguments_of(const json::object& request) {
    const json::array* list = array_at(request, "arguments");
    if (!list) return std::nullopt;
    std::vector<std::string> out;
    for (const json::value& one : *list) {
        if (!one.is_string()) return std::nullopt;
        out.emplace_back(view(one.get_string()));
    }
    return out;
}

}  // namespace

Host::Host(Record record, const catalog::Catalog& catalog, const Clock& clock)
    : catalog_(catalog),
      clock_(clock),
      folder_(record.folder()),
      institution_(record.institution()),
      writer_(std::make_unique<Writer>(std::move(record))) {}

Host::~Host() {
    readers_.clear();  // before the owner's connection closes and folds the log into the file
}

std::string_view Host::state() const {
    return writer_->state() == Writer::State::full ? "disk_full" : "ready";
}

Status Host::read(const std::function<Status(Record&)>& work) {
    std::optional<Record> reader;
    {
        std::lock_guard lock(mutex_);
        if (!readers_.empty()) {
            reader.emplace(std::move(readers_.back()));
            readers_.pop_back();
        }
    }
    try {
        if (!reader) {
            auto opened = Record::open_reader(folder_, catalog_, clock_, institution_);
            if (!opened) return pass(std::move(opened));
            reader.emplace(std::move(*opened));
        }
        store::Transaction snapshot(reader->database(), store::Transaction::Kind::read);
        Status done = work(*reader);
        snapshot.commit();  // keeps the temporary tables for the next question
        std::lock_guard lock(mutex_);
        readers_.push_back(std::move(*reader));
        return done;
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

Status Host::run(Access access, std::string_view institution, const std::function<Status(Record&)>& work) {
    if (!institution.empty() && institution != institution_) {
        return fail(Code::refused, fmt::format("この記録は施設 {} のために開かれています。", institution_),
                    fmt::format("This record is open for the institution {}.", institution_));
    }
    switch (access) {
        case Access::read:
            return read(work);
        case Access::write:
            return writer_->run(work);
        case Access::alone:
            return writer_->run_alone(work);
    }
    return {};
}

void Host::serve(os::Connection& connection) {
    if (connection.peer_user().empty()) return;
    for (;;) {
        auto frame = connection.receive();
        if (!frame || frame->kind != 'R') return;
        auto request = parse_json(frame->bytes);
        if (!request || !request->is_object()) return;
        auto arguments = arguments_of(request->get_object());
        if (!arguments) return;
        RemoteInput input(connection);
        std::istream in(&input);
        std::ostringstream out;
        std::ostringstream err;
        Call call(in, out, err);
        call.host = this;
        call.user = connection.peer_user();
        call.directory = std::string(text_at(request->get_object(), "directory"));
        if (text_at(request->get_object(), "language") == "en") call.language = "en";
        int code = cli::run(call, std::move(*arguments));
        // The output gate: everything that this says happened is durable by now.
        if (!out.view().empty() && !connection.send('o', out.view())) return;
        if (!err.view().empty() && !connection.send('e', err.view())) return;
        if (!connection.send('x', std::to_string(code))) return;
    }
}

std::optional<int> hand_over(const std::filesystem::path& folder, Call& call) {
    auto connection = os::Connection::to(folder / socket_name);
    if (!connection) return std::nullopt;
    json::array arguments;
    for (const std::string& one : call.arguments)
        arguments.emplace_back(one);
    json::object request{{"arguments", std::move(arguments)},
                         {"directory", std::filesystem::current_path().string()},
                         {"language", call.language}};
    // An owner that ends before it has read the command has not carried it out.
    if (!connection->send('R', json::serialize(request))) return std::nullopt;
    for (;;) {
        auto frame = connection->receive();
        if (!frame) {
            call.refuse({Code::io,
                         {"サーバーが途中で終了しました。変更が記録されたかどうかを確かめてください。",
                          "The server ended in between. Check whether the change was recorded."}});
            return call.exit_code;
        }
        switch (frame->kind) {
            case 'o':
                call.out << frame->bytes;
                break;
            case 'e':
                call.err << frame->bytes;
                break;
            case 'i': {
                std::string chunk(size_t{1} << 16, '\0');
                call.in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
                chunk.resize(static_cast<size_t>(call.in.gcount()));
                if (!connection->send('I', chunk)) break;
                break;
            }
            case 'x': {
                int code = 1;
                std::from_chars(frame->bytes.data(), frame->bytes.data() + frame->bytes.size(), code);
                return code;
            }
            default:
                break;
        }
    }
}

}  // namespace sonae::cli
