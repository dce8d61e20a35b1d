// Asking the questions of the catalog: from SQL to a value with reasons. One thread; made for one answering,
// so that the labels of entries are read once.
#pragma once

#include "checklist/answer.hpp"
#include "register/sets.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sonae::checklist {

class Asker {
 public:
    struct Label {
        size_t rank = 0;  // place among the register's labels in the order of people
        std::string text;
    };

    // For asking these questions.
    Asker(const registers::Record& record, const std::vector<const catalog::Question*>& questions);

    // Carries out docs/catalog-format.md, "How a value is found". A question whose SQL the engine does not
    // take is thrown as Failure(bad_catalog) that names it.
    Derived ask(const catalog::Question& question, std::string_view target);

 private:
    // Ids looked up by the text of a column, without a copy.
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using Labels = std::unordered_map<std::string, Label, Hash, std::equal_to<>>;

    store::Statement prepare(const catalog::Question& question, const std::string& place,
                             std::string_view sql, std::string_view target);
    void check(const catalog::Question& question, const catalog::Check& check, std::string_view target,
               Derived& out);
    void support(const catalog::Question& question, std::string_view target, Derived& out);
    const Labels& labels(std::string_view register_name);
    const std::map<std::string, std::string>& periods(const catalog::Question& question);

    const registers::Record& record_;
    const registers::Sets& sets_;
    std::map<std::string, Labels, std::less<>> labels_;
    std::map<std::string, std::map<std::string, std::string>, std::less<>> periods_;
};

}  // namespace sonae::checklist
