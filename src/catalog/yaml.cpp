// yaml-cpp to Boost.JSON.
#include "catalog/yaml.hpp"

#include "base/text.hpp"

#include <charconv>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace sonae::catalog {

namespace {

struct Mistake {
    YAML::Mark mark;
    Words words;
};

const Words more_than_one{"文書が一つではありません", "there is not exactly one document"};

// Passes over a file for what its nodes no longer show. An alias looks like what it stands for, and a few
// lines of them can stand for more than the memory holds.
class NoAlias final : public YAML::EventHandler {
 public:
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        throw Mistake{mark, {"別名 (*) は使えません", "an alias (*) is not used"}};
    }
    // At the second document, not at the end of the last: on some texts yaml-cpp never comes to it.
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) throw Mistake{mark, more_than_one};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
    void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  const std::string& /*value*/) override {}
    void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {}
    void OnMapEnd() override {}

 private:
    int documents_ = 0;
};

void refuse_aliases(std::string_view text) {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    NoAlias handler;
    while (parser.HandleNextDocument(handler)) {
    }
}

json::value scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    // yaml-cpp marks quoted scalars with the tag "!": they stay text.
    if (node.Tag() != "!") {
        if (text == "true") return true;
        if (text == "false") return false;
        int64_t number = 0;
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        bool plain = text == "0" || (!text.starts_with('0') && !text.starts_with("-0"));
        if (error == std::errc() && end == text.data() + text.size() && plain) return number;
    }
    return json::value(json::string(text));
}

json::value convert(const YAML::Node& node) {
    if (node.Tag() != "?" && node.Tag() != "!" && !node.Tag().empty()) {
        throw Mistake{node.Mark(), {"タグは使えません", "tags are not used"}};
    }
    switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null:
            return nullptr;
        case YAML::NodeType::Scalar:
            return scalar(node);
        case YAML::NodeType::Sequence: {
            json::array out;
            for (const YAML::Node& item : node)
                out.push_back(convert(item));
            return out;
        }
        case YAML::NodeType::Map: {
            json::object out;
            for (const auto& member : node) {
                if (!member.first.IsScalar()) {
                    throw Mistake{member.first.Mark(), {"キーが文字列ではありません", "a key is not a text"}};
                }
                const std::string& key = member.first.Scalar();
                if (out.contains(key)) {
                    throw Mistake{
                        member.first.Mark(),
                        {fmt::format("「{}」が二度あります", key), fmt::format("\"{}\" occurs twice", key)}};
                }
                out[key] = convert(member.second);
            }
            return out;
        }
    }
    return nullptr;
}

tl::unexpected<Error> mistake(std::string_view name, const YAML::Mark& mark, const Words& words) {
    return fail(Code::bad_catalog, fmt::format("{}の{}行目: {}。", name, mark.line + 1, words.ja),
                fmt::format("{}, line {}: {}.", name, mark.line + 1, words.en));
}

}  // namespace

Result<json::value> yaml_to_json(std::string_view name, std::string_view text) {
    // yaml-cpp would guess at UTF-16 and UTF-32 and write what is no text.
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
        return mistake(name, {}, {"UTF-8で保存してください", "save the file as UTF-8"});
    }
    try {
        refuse_aliases(text);
        std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
        if (documents.size() != 1) {
            return mistake(name, {}, more_than_one);
        }
        return convert(documents.front());
    } catch (const Mistake& found) {
        return mistake(name, found.mark, found.words);
    } catch (const YAML::Exception& found) {
        return mistake(name, found.mark,
                       {"YAMLとして読めません（" + found.msg + "）", "not YAML (" + found.msg + ")"});
    }
}

}  // namespace sonae::catalog
