// Expat, with the bounds of the readers.
#include "exchange/xml_parts.hpp"

#include "exchange/refusal.hpp"

#include <array>
#include <charconv>
#include <memory>

#include <expat.h>
#include <fmt/format.h>

namespace sonae::exchange {

namespace {

// The name behind the name space (expat puts '|' between them) or behind a prefix.
std::string_view local_name(const XML_Char* name) {
    std::string_view text(name);
    size_t at = text.find_last_of("|:");
    return at == std::string_view::npos ? text : text.substr(at + 1);
}

// A part on its way through expat. C++ exceptions must not cross expat: a refusal is kept and thrown behind
// it.
class Parser {
 public:
    Parser(std::string_view part, Elements& elements) : part_(part), elements_(elements) {
        // Whatever the file says of its encoding, it is UTF-8: no program writes another one.
        parser_.reset(XML_ParserCreateNS("UTF-8", '|'));
        if (!parser_) refuse(damaged(part));
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(parser_.get(), &Parser::on_start, &Parser::on_end);
        XML_SetCharacterDataHandler(parser_.get(), &Parser::on_text);
        XML_SetStartDoctypeDeclHandler(parser_.get(), &Parser::on_doctype);
    }

    void feed(std::string_view bytes, bool last) {
        auto status = XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
        if (refusal_) refuse(*refusal_);
        if (status != XML_STATUS_OK) {
            refuse(damaged(fmt::format("{}: {}", part_, XML_GetCurrentLineNumber(parser_.get()))));
        }
    }

 private:
    struct FreeParser {
        void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
    };

    template <class Work>
    void guarded(Work&& work) {
        if (refusal_) return;
        try {
            work();
        } catch (const Refusal& refusal) {
            stop(refusal);
        }
    }
    void stop(const Refusal& refusal) {
        refusal_ = refusal;
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] {
            if (++parser.depth_ > max_depth) refuse(unsafe());
            parser.elements_.start(local_name(name), Attributes(attributes));
        });
    }
    static void on_end(void* self, const XML_Char* name) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] {
            parser.depth_--;
            parser.elements_.end(local_name(name));
        });
    }
    static void on_text(void* self, const XML_Char* text, int length) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] { parser.elements_.text({text, static_cast<size_t>(length)}); });
    }
    static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        static_cast<Parser*>(self)->stop(unsafe());
    }

    std::string part_;
    Elements& elements_;
    std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
    std::optional<Refusal> refusal_;
    int depth_ = 0;
};

}  // namespace

std::string_view Attributes::operator[](std::string_view name) const {
    for (const char** at = list_; *at != nullptr; at += 2) {
        if (local_name(at[0]) == name) return at[1];
    }
    return {};
}

bool Attributes::any(std::string_view name, std::string_view value) const {
    for (const char** at = list_; *at != nullptr; at += 2) {
        if (local_name(at[0]) == name && at[1] == value) return true;
    }
    return false;
}

void read_part(Package& package, const std::string& name, Elements& elements) {
    Parser parser(name, elements);
    Package::Part part = package.open(name);
    std::array<char, 65'536> buffer{};
    while (size_t got = part.read(buffer.data(), buffer.size()))
        parser.feed({buffer.data(), got}, false);
    parser.feed({}, true);
}

void read_xml(std::string_view text, const std::string& part, Elements& elements) {
    Parser(part, elements).feed(text, true);
}

std::optional<int64_t> whole_number(std::string_view text) {
    int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_true(std::string_view text) {
    return text == "1" || text == "true" || text == "on";
}

}  // namespace sonae::exchange
