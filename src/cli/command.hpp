// What the commands share: where they read and write, in which language, and how an error becomes an exit
// code.
//
// Exit codes: 0 done, 1 refused with a reason, 2 wrong use. Standard output carries the answer (text, or JSON
// with --json); sentences about errors go to standard error, with --json as {"error":{"code","message"}} to
// standard output.
#pragma once

#include "base/json.hpp"
#include "catalog/catalog.hpp"
#include "register/record.hpp"

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace sonae::cli {

// What a command does with the record. read: looks only. write: changes that may be committed together with
// those of others. alone: changes that need a commit, or several, of their own.
enum class Access { read, write, alone };

class Host;

// One call of the program.
struct Call {
    Call(std::istream& input, std::ostream& output, std::ostream& errors)
        : in(input), out(output), err(errors) {}

    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool json = false;
    std::string language = "ja";
    std::string data;
    std::string institution;
    std::string by;
    int exit_code = 0;
    std::vector<std::string> arguments;  // as given
    // Set where this process owns the record for others and the call came from another process.
    Host* host = nullptr;
    std::string user;       // who called; empty: the user of this process
    std::string directory;  // where relative names of files start; empty: the process's own

    // A file that the caller named.
    std::filesystem::path path(const std::string& name) const {
        return directory.empty() ? std::filesystem::path(name) : std::filesystem::path(directory) / name;
    }

    const std::string& say(const Words& words) const { return language == "en" ? words.en : words.ja; }
    void line(const Words& words) const;
    void print(const json::value& value) const;  // JSON on one line

    // Shows an error and sets the exit code.
    void refuse(const Error& error);

    registers::Who who(std::string source, std::string why = {}) const;

    // Opens the record and does the work, here or in the process that owns the folder; an error of either is
    // shown, and nothing of what the work had printed by then.
    void with_record(Access access, const std::function<Status(registers::Record&)>& work);

    // The same for reading the record as it was known at the end of a day (ISO text; empty: as it is now).
    // Says so in the text output.
    void with_record_of(const std::string& day, const std::function<Status(const registers::Record&)>& work);

    // The catalog with the user's own files of the data folder. Loaded once.
    Result<const catalog::Catalog*> catalog();

 private:
    std::unique_ptr<catalog::Catalog> catalog_;
};

// The program's catalog with the own files of a data folder on top.
Result<catalog::Catalog> load_catalog(const std::filesystem::path& data);
// The same as it would be with this text in the own file `name` ("catalog/…"), or without that file.
Result<catalog::Catalog> load_catalog_with(const std::filesystem::path& data, const std::string& name,
                                           const std::optional<std::string>& text);

// Adds the options that every command with a data folder has, and the example to its help.
void common_options(CLI::App& command, Call& call, const std::string& example);
void by_option(CLI::App& command, Call& call);
void as_of_option(CLI::App& command, std::string& day);

// The record as it was at the end of the day that --as-of gave. Fails with usage, refused or not_found.
Result<registers::Record> past_record(const registers::Record& record, const std::string& day);

// Names the day of a past record, and the catalog that it was read with, in the JSON of an answer.
void add_as_of(const registers::Record& record, json::object& out);

// The commands, each file its own.
void add_record_commands(CLI::App& app, Call& call);   // init, list, show, add, set, retire, erase, rebuild
void add_history_commands(CLI::App& app, Call& call);  // history, verify
void add_checkpoint_commands(CLI::App& app, Call& call);  // checkpoint, proof
void add_checklist_commands(CLI::App& app, Call& call);   // answer, confirm
void add_edition_commands(CLI::App& app, Call& call);     // edition
void add_import_commands(CLI::App& app, Call& call);      // import, mapping
void add_file_commands(CLI::App& app, Call& call);        // attach, pack
void add_export_commands(CLI::App& app, Call& call);      // export, template
void add_serve_commands(CLI::App& app, Call& call);       // serve, status
void add_backup_commands(CLI::App& app, Call& call);      // backup, restore, drill

// Runs the program with its arguments (without its name); returns the exit code.
int run(std::vector<std::string> arguments, std::istream& in, std::ostream& out, std::ostream& err);
// The same for a call that is set up already.
int run(Call& call, std::vector<std::string> arguments);

}  // namespace sonae::cli
