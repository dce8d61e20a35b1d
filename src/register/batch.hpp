// One call of Record::apply: the commands in order, in one transaction of the caller. Internal to this floor;
// one thread, used once.
#pragma once

#include "register/projection.hpp"
#include "register/record.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

// The error for a register that the catalog does not have.
tl::unexpected<Error> no_register(std::string_view name);

// SHA-256 of what a batch of commands asks for, to tell a repeated request from another one.
std::string digest_of(const std::vector<Command>& commands);

class Batch {
 public:
    Batch(const catalog::Catalog& catalog, store::Database& database, history::History& history,
          Projection& projection, const std::string& institution, Instant at, const Who& who,
          std::string request_digest = {});

    // Carries out one command (add, set, retire, reopen, erase). After an error the caller rolls everything
    // back.
    Result<Applied> carry_out(const Command& command);

    // True when an event was written.
    bool changed() const { return events_ > 0; }

    // The id of the entry that a person calls `name`: id, start of an id, key field or label. Fails with
    // not_found or ambiguous.
    Result<std::string> find(const catalog::Register& description, std::string_view name);

 private:
    // Names by which entries of a register are found: keys, labels and the texts of found_by fields, all
    // folded.
    struct Names {
        std::multimap<std::string, std::string, std::less<>> by_name;
        std::map<std::string, std::multimap<std::string, std::string, std::less<>>, std::less<>> by_field;
    };

    std::set<std::string> spelt(const catalog::Register& description, std::string_view name);
    Status take(const Command& command, const catalog::Register& description, Entry& entry, Applied& applied);
    Result<FieldValue> resolve(const catalog::Field& field, const std::string& written, Applied& applied);
    Result<std::string> find_or_make(const catalog::Field& field, const catalog::Register& target,
                                     const std::string& name, Applied& applied);
    Result<Applied> add(const Command& command, const catalog::Register& description);
    Result<Applied> set(const Command& command, const catalog::Register& description);
    Result<Applied> reopen(const Command& command, const catalog::Register& description);
    Result<Applied> retire(const Command& command, const catalog::Register& description);
    Result<Applied> erase(const Command& command, const catalog::Register& description);
    std::vector<std::string> children(const catalog::Register& parent, const catalog::Register& child,
                                      const std::string& id, bool retired_too);
    std::string exists_single(const catalog::Register& description);
    Result<std::string> id_of(const Command& command, const catalog::Register& description);
    Result<Entry> load(const Command& command, const catalog::Register& description);
    int64_t store(const Command& command, const char* action, Entry& entry, const Entry* before,
                  json::object erasure = {});
    void note_names(const catalog::Register& description, const Entry& entry, Names& names);
    const std::set<std::string, std::less<>>& sought_by(const catalog::Register& description);
    Names& names_of(const catalog::Register& description);

    const catalog::Catalog& catalog_;
    store::Database& database_;
    history::History& history_;
    Projection& projection_;
    const std::string& institution_;
    Instant at_;
    const Who& who_;
    std::optional<history::Request> request_;
    int64_t events_ = 0;
    std::optional<int64_t> next_;  // number of the next event, once one is written
    std::map<std::string, std::string, std::less<>> local_names_;
    std::map<std::string, Names, std::less<>> names_;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> sought_by_;
};

}  // namespace sonae::registers
