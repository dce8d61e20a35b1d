// The regulation as data: registers, checklists, questions and support dates, as read from catalog/**.yaml.
//
// A Catalog is built once, checked whole and never changed, so it may be read from any thread. The format of
// the files is docs/catalog-format.md; every rule of that page is checked here and a mistake is an Error that
// names the file and the line of the thought ("catalog/registers/device.yaml: fields[3] kind: …").
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"
#include "catalog/support.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::catalog {

// Where a line comes from and how sure it is: verified, unconfirmed or uncertain (shared words of the
// dossier), or own_file: read from a file that the institution gave, which is not known to be the official
// one.
enum class Confidence { verified, unconfirmed, uncertain, own_file };
std::string_view confidence_text(Confidence confidence);

struct Source {
    std::string text;  // short name of the document and the place in it; "own" for our own rules
    Confidence confidence = Confidence::unconfirmed;
    std::string note;  // what exactly is not confirmed, in the words of the dossier
};

// ---- registers ------------------------------------------------------------------------------------------

enum class Type { text, date, integer, boolean, choice, reference, address, mac };

struct Choice {
    std::string value;
    Words label;
    std::vector<std::string> also;  // other spellings in files of institutions
};

// What the values of a text look like, for telling which column of a file holds them.
enum class Looks {
    any,
    remark,   // free words about anything; never told by its values
    version,  // 3.4.1, 22H2
    serial,   // letters and digits that a maker gives
    mail,
    phone,
};

struct Field {
    std::string name;
    Type type = Type::text;
    Words label;
    Words help;                                            // one sentence: what to enter and why it is asked
    bool many = false;                                     // several values (choice and reference only)
    std::vector<Choice> choices;                           // choice
    std::map<std::string, size_t, std::less<>> spellings;  // match_key of every spelling → place in choices
    std::string references;                                // reference: the register it points to
    std::string found_by;  // reference: the field of that register a name is matched with; a name not
                           // there yet makes a new entry. Empty: only ids and labels are taken.
    std::vector<std::string> headers;  // column headers of institutions' files that mean this field
    Looks looks = Looks::any;          // text
    std::vector<std::string> begins;  // text: words that its values begin with (Windows, macOS), as match_key
    bool key = false;                 // the number or name by which the keeper calls an entry
    bool required = false;            // an entry cannot be added without it
    bool due = false;                 // a date by which something has to be done
    bool internal = false;            // written by Sonae itself, not by add/set/import
    bool filter = false;              // lists of any size are filtered, sorted and counted by it quickly
    std::string source;

    const Choice* choice(std::string_view value) const;
    // Reads a choice as written (value, label or another spelling, compared by match_key).
    const Choice* read_choice(std::string_view written) const;
};

// A named set of entries for SQL and lists: a SELECT over registers and other views.
struct View {
    std::string name;
    std::string about;
    std::string sql;
    bool kept =
        false;  // worked out once for a checklist, although it passes whole rows on: much is asked of it
};

// Facts computed from fields and the catalog, kept as a projection table `name` of their own.
struct Computed {
    std::string name;                // the name of the table in SQL
    std::string function;            // support, zone, overdue (register/computed.hpp)
    std::vector<std::string> reads;  // fields the function takes, in its order
};

// Rows of a file that also make entries of a child register (a device row with its addresses and software).
struct ImportChild {
    std::string child;   // the register
    std::string parent;  // its reference field to this register
};

// A field by which the entry that a row of a file speaks of is found.
struct Match {
    std::string child;  // the register of import_children that has the field; empty: the register itself
    std::string field;
    bool weak =
        false;  // a name that may be given again: meets an entry only where no field before it differs
};

// An entry as people would fill it in, shown in templates: texts as written for some fields, and the entries
// below it (of import_children).
struct Example {
    std::vector<std::pair<std::string, std::string>> values;          // field → text
    std::vector<std::pair<std::string, std::vector<Example>>> below;  // child register → its entries

    // The text for a field; empty when there is none.
    std::string_view text(std::string_view field) const;
};

struct Register {
    std::string name;
    Words label;
    Words about;
    std::string parent_field;  // the reference to the entry this one belongs to; empty when independent
    bool single = false;       // exactly one entry for each institution (the institution itself)
    bool internal = false;     // written by Sonae's own commands only (answers, attachments, packs, keys)
    // The fields that name an entry, joined by a space; "a|b|c" is the first of them that is known.
    std::vector<std::string> label_of;
    std::string in_use;  // the view that `list --in-use` shows; empty: all entries
    std::vector<Field> fields;
    std::vector<View> views;
    std::vector<Computed> computed;
    std::vector<ImportChild> import_children;
    std::vector<std::string> sheets;  // names of sheets in institutions' files that hold this register
    std::vector<Match> match;         // in the order in which they are asked; as read, or the key fields
    std::vector<Example> examples;
    std::string source;

    const Field* field(std::string_view name) const;
};

// ---- questions ------------------------------------------------------------------------------------------

enum class Effect { no, unknown, not_applicable, advice };
std::string_view effect_text(Effect effect);

// A period of a question: a named number of months or days before or after `:today`, bound as a date. Ours,
// not the ministry's, and changeable by the institution (register `parameter`).
struct Parameter {
    std::string name;
    int amount = 0;
    bool days = false;   // else months
    bool ahead = false;  // after :today, else before
    Words label;
};

struct Fix {
    std::string register_name;
    std::string field;
};

struct Check {
    std::string id;
    Effect effect = Effect::unknown;
    std::string register_name;         // of the entries it finds
    std::string sql;                   // columns: id [, detail] [, name] [, fix_id]; one row for each finding
    std::string of;                    // SQL that counts the population; empty: 0
    Words sentence;                    // {count} {of} {names} {detail} {rest}
    Fix fix;                           // where to mend it; register empty: nothing to record
    std::vector<std::string> targets;  // only asked for these targets; empty: always
};

struct Support {
    std::string register_name;
    std::string sql;  // column: id; the entries that support a はい
};

// One case of a question, as data beside it.
struct Case {
    std::string name;
    std::string today;
    std::string recorded;  // the day the facts were recorded; empty: today
    std::string target;
    json::array facts;       // JSON lines as `sonae set` takes them
    std::string value;       // yes, no, unknown, not_applicable
    json::object sentences;  // check id → part of the Japanese sentence that must occur
    json::array absent;      // check ids that must not occur
};

struct Question {
    std::string name;
    std::string concept_name;
    Words title;  // our own short title
    Words help;   // plain words: what it asks and how to get there
    std::vector<Parameter> parameters;
    std::vector<Check> checks;
    std::vector<Support> support;
    std::string source;
    std::vector<Case> cases;  // only in the catalog of the tests; the program carries none
};

// ---- checklists -----------------------------------------------------------------------------------------

struct Item {
    std::string id;      // "R7.med.2-①.all"
    std::string form;    // one of forms
    std::string number;  // "2-①"; empty when not known
    std::string target;  // server, pc, network; empty for the organisation and for all systems together
    std::string target_ja;  // as printed: サーバ, 端末PC, ネットワーク機器, 医療情報システム全般, 組織
    std::string section;
    std::string concept_name;  // lineage: the same key in every edition
    bool gate = false;
    bool reference = false;  // 参考項目 of R5
    Words label;             // as printed in the official form
    Source label_source;
    Confidence number_confidence = Confidence::unconfirmed;
    std::string question;                // empty: only a person answers
    std::vector<std::string> guideline;  // references to the guideline, each with its mark
    std::string note;
    // The items of an earlier edition it goes on from, where the concept alone does not say it (ids).
    std::vector<std::string> lineage;
};

struct OfficialFile {
    std::string name;
    Words what;
    std::string sha256;
    int64_t size = 0;
    std::string form;  // the form it holds; empty: none, or several
};

struct Form {
    std::string name;  // medical, pharmacy, vendor
    Words label;       // 医療機関確認用 …
    std::vector<std::string>
        for_kinds;      // the kinds of institution that fill in this form rather than the first
    std::string needs;  // a register: the form is filled in once for each of its entries
};

struct Checklist {
    std::string edition;  // R5, R6, R7, R8, BCP
    Words title;
    std::string published;
    std::string guideline;
    Source source;
    bool transcribed = true;  // false: the official wording has not been read (R8)
    std::vector<Form> forms;
    std::vector<std::pair<std::string, Words>> sections;
    std::vector<Item> items;
    std::vector<OfficialFile> files;
    std::vector<std::string> notes;

    const Form* form(std::string_view name) const;
    // The form that an institution of this kind fills in.
    const Form& form_for(std::string_view kind) const;
    const Item* item(std::string_view id) const;
};

// ---- the whole ------------------------------------------------------------------------------------------

class Catalog {
 public:
    // Builds and checks a catalog from the JSON that compile_catalog made, with a user's own YAML files (path
    // and text) on top: a file of the same register, edition or question replaces ours.
    static Result<Catalog> load(std::string_view builtin,
                                const std::vector<std::pair<std::string, std::string>>& own_files);

    const std::vector<Register>& registers() const { return registers_; }
    const Register* find_register(std::string_view name) const;
    const std::vector<Question>& questions() const { return questions_; }
    const Question* question(std::string_view name) const;
    const std::vector<Checklist>& checklists() const { return checklists_; }
    const Checklist* checklist(std::string_view edition) const;
    const SupportTable& support() const { return support_; }

    // The user's own files: name as given to load, hex SHA-256 of the text.
    const std::vector<std::pair<std::string, std::string>>& own_files() const { return own_files_; }

    // SHA-256 of the whole as lower-case hexadecimal: what a confirmation and a pack name as "the catalog".
    const std::string& digest() const { return digest_; }
    // SHA-256 of what the tables are made from (registers, support dates), to know when to rebuild them.
    const std::string& tables_digest() const { return tables_digest_; }

 private:
    std::vector<Register> registers_;
    std::vector<Question> questions_;
    std::vector<Checklist> checklists_;
    SupportTable support_;
    std::vector<std::pair<std::string, std::string>> own_files_;
    std::string digest_;
    std::string tables_digest_;
};

}  // namespace sonae::catalog
