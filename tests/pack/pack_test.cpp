// A pack is made, read as an inspector and other programs read it, and changed in every way somebody could:
// both verifiers, ours and docs/verify.py, must refuse each change and name the file.
#include "pack/pack.hpp"

#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "base/text.hpp"
#include "catalog/builtin.hpp"
#include "evidence/evidence.hpp"
#include "exchange/xlsx_write.hpp"
#include "pack/archive.hpp"
#include "pack/verify.hpp"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zip.h>

namespace sonae::pack {
namespace {

namespace fs = std::filesystem;
using registers::Record;
using registers::Who;

const Who keeper{"事務長", "試験", "test"};

struct Output {
    int code = 0;
    std::string text;
};

Output run(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    Output out;
    char buffer[4096];
    size_t got = 0;
    while ((got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0)
        out.text.append(buffer, got);
    const int status = ::pclose(pipe);
    out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return out;
}

std::string quoted(const fs::path& path) {
    return "'" + path.string() + "'";
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string read(const fs::path& path) {
    Result<std::string> bytes = os::read_file(path);
    EXPECT_TRUE(bytes) << path;
    return bytes.value_or("");
}

void write(const fs::path& path, const std::string& bytes) {
    ASSERT_TRUE(os::write_file(path, bytes)) << path;
}

const catalog::Catalog& builtin() {
    static const catalog::Catalog catalog = [] {
        Result<catalog::Catalog> loaded = catalog::Catalog::load(catalog::builtin_json(), {});
        EXPECT_TRUE(loaded) << loaded.error().words.en;
        return std::move(*loaded);
    }();
    return catalog;
}

// One small record and its pack, made once: the tests work on copies.
class PackTest : public testing::Test {
 protected:
    static void SetUpTestSuite() {
        root_ = fs::temp_directory_path() / fmt::format("sonae-pack-{}", ::getpid());
        fs::create_directories(root_);
        clock_ = std::make_unique<FixedClock>(*Date::make(2026, 11, 21));
        ASSERT_TRUE(Record::create(root_ / "data", builtin(), *clock_, "ひかり診療所", "clinic", keeper));
        Record record = open();
        fill(record);
        Result<Made> made = make_pack(record, assessment(record), root_ / "pack", keeper);
        ASSERT_TRUE(made) << made.error().words.en;
        made_ = *made;
        names_ = os::files_below(root_ / "pack").value();
    }
    static void TearDownTestSuite() {
        fs::remove_all(root_);
        clock_.reset();
    }

    void SetUp() override {
        work_ = root_ / "work";
        fs::remove_all(work_);
        fs::create_directories(work_);
    }

    static Record open() {
        Result<Record> record = Record::open(root_ / "data", builtin(), *clock_);
        EXPECT_TRUE(record) << record.error().words.en;
        return std::move(*record);
    }

    static checklist::Assessment assessment(const Record& record) {
        return checklist::find_assessment(record, "R7", "", "", 0).value();
    }

    static void confirm(Record& record, const char* item, checklist::Value value, const char* due,
                        const char* reason) {
        checklist::Assessment a = assessment(record);
        const catalog::Item* found = checklist::find_item(a, item, "").value();
        Result<checklist::Answer> done = checklist::confirm(record, a, *found, value, due, reason, keeper);
        ASSERT_TRUE(done) << item << done.error().words.en;
    }

    static void fill(Record& record) {
        auto done = record.apply({{"add", "vendor", "", 0, {{"name", "株式会社メディカ"}}, {}, ""},
                                  {"add",
                                   "device",
                                   "",
                                   0,
                                   {{"number", "001"},
                                    {"kind", "pc"},
                                    {"hostname", "UKETSUKE1"},
                                    {"os", "Windows 8"},
                                    {"maintainer", "株式会社メディカ"},
                                    {"registered_on", "不明"}},
                                   {{"保管棚", "=A-3"}},
                                   ""},
                                  {"add",
                                   "device",
                                   "",
                                   0,
                                   {{"number", "002"},
                                    {"kind", "server"},
                                    {"hostname", "<b>KARTE&1"},
                                    {"registered_on", "いつか"}},
                                   {},
                                   ""}},
                                 keeper);
        ASSERT_TRUE(done) << done.error().words.en;
        const std::string device = (*done)[1].id;
        write(root_ / "写真 1.txt", "a photograph of the device");
        ASSERT_TRUE(evidence::attach(record, root_ / "写真 1.txt", "device", device, "", "", keeper));
        write(root_ / "回答書.pdf", "%PDF-1.4 an answer on paper");
        checklist::Assessment a = assessment(record);
        ASSERT_TRUE(evidence::attach(record, root_ / "回答書.pdf", "", "", "R7",
                                     checklist::find_item(a, "2-②", "").value()->id, keeper));
        confirm(record, "1-①", checklist::Value::yes, "", "");
        confirm(record, "2-⑥", checklist::Value::no, "2027-02-28", "更新を手配中");
        confirm(record, "2-③", checklist::Value::not_applicable, "", "事業者との契約なし");
        confirm(record, "2-⑦", checklist::Value::unknown, "", "");
    }

    fs::path copy() {
        fs::path target = work_ / "pack";
        fs::remove_all(target);
        fs::copy(root_ / "pack", target, fs::copy_options::recursive);
        return target;
    }

    static std::string told(const PackReport& report) {
        std::string text;
        for (const history::Fault& fault : report.faults)
            text += fault.place + ": " + fault.words.en + "\n";
        return text;
    }

    static Output script(const fs::path& pack, const std::string& more = {}) {
        return run(
            fmt::format("python3 -B {} {} {}", quoted(SONAE_SOURCE "/docs/verify.py"), quoted(pack), more));
    }

    static void expect_verified(const fs::path& pack) {
        Result<PackReport> report = verify_pack(pack);
        ASSERT_TRUE(report) << report.error().words.en;
        EXPECT_TRUE(report->holds()) << told(*report);
        Output other = script(pack);
        EXPECT_EQ(other.code, 0) << other.text;
    }

    // Both refuse, and both name each of the files.
    static void expect_refused(const fs::path& pack, const std::vector<std::string>& names) {
        Result<PackReport> report = verify_pack(pack);
        ASSERT_TRUE(report) << report.error().words.en;
        EXPECT_FALSE(report->holds());
        Output other = script(pack);
        EXPECT_EQ(other.code, 1) << other.text;
        EXPECT_FALSE(has(other.text, "Traceback")) << other.text;
        for (const std::string& name : names) {
            EXPECT_TRUE(has(told(*report), name)) << name << " is not in\n" << told(*report);
            EXPECT_TRUE(has(other.text, name)) << name << " is not in\n" << other.text;
        }
    }

    // Without the manifest nobody can say which of the other files is right.
    static std::vector<std::string> told_of(const std::vector<std::string>& swapped) {
        bool manifest = std::ranges::find(swapped, manifest_file) != swapped.end();
        return manifest ? std::vector<std::string>{std::string(manifest_file)} : swapped;
    }

    static inline fs::path root_;
    static inline std::unique_ptr<FixedClock> clock_;
    static inline Made made_;
    static inline std::vector<std::string> names_;
    fs::path work_;
};

// Those that make more packs or run the other verifier often.
class SlowPackTest : public PackTest {};

std::string pdf_text(const fs::path& pdf) {
    return run("pdftotext -layout " + quoted(pdf) + " -").text;
}

// ---- what is in a pack ----------------------------------------------------------------------------------

TEST_F(PackTest, HoldsPapersRegistersEvidenceAndProof) {
    for (const char* name : {"checklist.pdf", "checklist.xlsx", "r8-transfer.pdf", "r8-transfer.xlsx",
                             "index.html", "manifest.json", "proof.json", "checkpoint.txt", "public-key.pem",
                             "registers/device.xlsx", "registers/vendor.xlsx", "registers/institution.xlsx"})
        EXPECT_NE(std::ranges::find(names_, name), names_.end()) << name;
    EXPECT_EQ(std::ranges::count_if(names_, [](auto& n) { return n.starts_with("evidence/"); }), 2);
    EXPECT_EQ(std::ranges::find(names_, "registers/attachment.xlsx"), names_.end());
    EXPECT_EQ(std::ranges::find(names_, "registers/backup_job.xlsx"), names_.end()) << "an empty register";
    EXPECT_EQ(made_.files, names_.size() - 4);
    expect_verified(root_ / "pack");
}

TEST_F(PackTest, EvidenceIsNamedByItsDigestAndUnchanged) {
    for (const std::string& name : names_) {
        if (name.starts_with("evidence/")) {
            EXPECT_EQ(name.substr(9, 16), hex(sha256(read(root_ / "pack" / name))).substr(0, 16));
        }
    }
    EXPECT_TRUE(std::ranges::any_of(names_, [](auto& n) { return n.ends_with("_写真 1.txt"); }));
}

TEST_F(PackTest, ThePaperSaysWhatAPersonAnsweredAndCountsTheRest) {
    const std::string text = pdf_text(root_ / "pack/checklist.pdf");
    const std::string first = text.substr(0, text.find('\f'));
    for (const char* part : {"ひかり診療所", "厚生労働省の作成物ではありません", "はい 1件", "いいえ 1件",
                             "対象外 1件", "文言の出典"})
        EXPECT_TRUE(has(first, part)) << part << "\n" << first;
    for (const char* part :
         {"未回答", "2027-02-28", "2026-11-21", "更新を手配中", "2-⑬", "4-①", "※ 文言未確認"})
        EXPECT_TRUE(has(text, part)) << part << "\n" << text;
    EXPECT_TRUE(has(text, made_.fingerprint)) << text;
    EXPECT_FALSE(has(text, "準拠"));
    EXPECT_FALSE(has(text, "わからない"));
    // Answered わからない: no answer, so no day of one.
    const size_t open_line = text.find("2-⑦");
    ASSERT_NE(open_line, std::string::npos);
    EXPECT_FALSE(has(text.substr(open_line, text.find("2-⑧") - open_line), "2026-11-21"));
    const Record record = open();
    EXPECT_EQ(made_.yes + made_.no + made_.open + made_.not_applicable,
              static_cast<int>(checklist::answer(record, assessment(record)).size()));
    EXPECT_TRUE(has(first, fmt::format("未回答 {}件", made_.open)));
    const size_t pages = static_cast<size_t>(std::ranges::count(text, '\f'));
    EXPECT_TRUE(has(text, fmt::format("{} / {}", pages, pages)) ||
                has(text, fmt::format("{}/{}", pages, pages)))
        << text;
}

TEST_F(PackTest, EveryPaperIsA4WithEmbeddedFonts) {
    for (const char* name : {"checklist.pdf", "r8-transfer.pdf"}) {
        EXPECT_TRUE(has(run("pdfinfo " + quoted(root_ / "pack" / name)).text, "(A4)")) << name;
        std::string fonts = run("pdffonts " + quoted(root_ / "pack" / name)).text;
        size_t lines = 0;
        size_t embedded = 0;
        for (size_t at = 0; at < fonts.size(); at = fonts.find('\n', at) + 1) {
            std::string line = fonts.substr(at, fonts.find('\n', at) - at);
            ++lines;
            embedded += has(line, " yes yes yes ") ? 1 : 0;
        }
        EXPECT_GE(lines, 3u) << fonts;
        EXPECT_EQ(embedded, lines - 2) << fonts;
    }
}

TEST_F(PackTest, TheTransferSheetGuessesNothing) {
    const std::string text = pdf_text(root_ / "pack/r8-transfer.pdf");
    const catalog::Checklist& to = *builtin().checklist("R8");
    for (const char* part : {"令和8年度版への転記用シート", "001716187.xlsx", "人が文言を読んで", "2-⑬"})
        EXPECT_TRUE(has(text, part)) << part << "\n" << text;
    // No label of the new edition, not even the few that are known, nor one of the old.
    std::string solid;
    for (char c : text) {
        if (c != ' ' && c != '\n') solid += c;
    }
    for (const catalog::Item& item : to.items)
        EXPECT_FALSE(has(solid, item.label.ja)) << item.label.ja;
    EXPECT_FALSE(has(solid, builtin().checklist("R7")->item("R7.med.1-①.org")->label.ja));
}

TEST_F(PackTest, TheIndexOpensOfflineInTheChecklistsOrder) {
    const std::string page = read(root_ / "pack/index.html");
    EXPECT_FALSE(has(page, "://")) << "nothing outside";
    EXPECT_FALSE(has(page, "src=") || has(page, "<script") || has(page, "@import") || has(page, "url("));
    EXPECT_TRUE(has(page, "<html lang=\"ja\">"));
    EXPECT_FALSE(has(page, "<b>KARTE")) << "texts are escaped";
    EXPECT_TRUE(has(page, "2027年2月28日"));
    size_t last = 0;
    for (const char* number : {"1-①", "2-①", "2-⑥", "2-⑬", "3-①", "4-①"}) {
        size_t at = page.find(number);
        ASSERT_NE(at, std::string::npos) << number;
        EXPECT_GT(at, last) << number;
        last = at;
    }
    // Each link leads to a file of the pack.
    size_t links = 0;
    for (size_t at = page.find("href=\""); at != std::string::npos; at = page.find("href=\"", at + 1)) {
        std::string target = page.substr(at + 6, page.find('"', at + 6) - at - 6);
        std::string plain;
        for (size_t i = 0; i < target.size(); ++i) {
            if (target[i] == '%') {
                plain += *from_hex(run("printf %s " + target.substr(i + 1, 2) + " | tr A-F a-f").text);
                i += 2;
            } else {
                plain += target[i];
            }
        }
        EXPECT_TRUE(fs::exists(root_ / "pack" / plain)) << plain;
        ++links;
    }
    EXPECT_GT(links, 6u);
}

TEST_F(PackTest, RegistersSayWhatIsUnknownAndKeepWhatIsUnreadable) {
    std::string text =
        run("unzip -p " + quoted(root_ / "pack/registers/device.xlsx") + " xl/sharedStrings.xml").text;
    for (const char* part : {"管理ID", "UKETSUKE1", "<t>不明</t>", "いつか ※読み取れない値",
                             "株式会社メディカ", "保管棚", "=A-3"})
        EXPECT_TRUE(has(text, part)) << part << "\n" << text;
    EXPECT_LT(text.find(">001<"), text.find(">002<")) << "by label";
}

TEST_F(PackTest, MakingAPackIsAnEventInTheHistory) {
    const Record record = open();
    std::vector<registers::Entry> packs = record.list("pack").value();
    ASSERT_FALSE(packs.empty());
    EXPECT_EQ(packs.front().field("manifest").text, hex(sha256(read(root_ / "pack/manifest.json"))));
    EXPECT_EQ(packs.front().field("edition").text, "R7");
    EXPECT_EQ(packs.front().field("fiscal_year").text, "2026");
    EXPECT_EQ(packs.front().id, made_.event);
}

TEST_F(SlowPackTest, TheSameRecordGivesTheSameFiles) {
    Record record = open();
    const checklist::Assessment a = assessment(record);
    ASSERT_TRUE(make_pack(record, a, work_ / "a", keeper));
    ASSERT_TRUE(make_pack(record, a, work_ / "b", keeper));
    const std::vector<std::string> files = os::files_below(work_ / "a").value();
    for (const std::string& name : files) {
        // These say which checkpoint came before, or are the proof of the event itself.
        if (name.starts_with("checklist.") || name == "r8-transfer.pdf" || name == "index.html" ||
            name == "manifest.json" || name == "proof.json" || name == "checkpoint.txt")
            continue;
        EXPECT_EQ(read(work_ / "a" / name), read(work_ / "b" / name)) << name;
    }
}

// ---- where it goes --------------------------------------------------------------------------------------

TEST_F(SlowPackTest, NothingIsOverwrittenAndNothingIsLeft) {
    Record record = open();
    const checklist::Assessment a = assessment(record);
    const int64_t events = record.history().size();
    fs::create_directories(work_ / "full");
    write(work_ / "full/mine.txt", "x");
    write(work_ / "file", "x");
    write(work_ / "there.zip", "x");
    fs::create_directories(work_ / "folder.zip");
    fs::create_symlink(work_ / "nowhere", work_ / "link");
    for (const char* name : {"full", "file", "there.zip", "folder.zip", "link"}) {
        Result<Made> made = make_pack(record, a, work_ / name, keeper);
        ASSERT_FALSE(made) << name;
        EXPECT_EQ(made.error().code, Code::exists) << name;
    }
    Result<Made> made = make_pack(record, a, work_ / "no/such/folder", keeper);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::not_found);
    EXPECT_EQ(record.history().size(), events);
    EXPECT_EQ(os::files_below(work_)->size(), 4u);
    EXPECT_EQ(read(work_ / "full/mine.txt"), "x");
}

TEST_F(SlowPackTest, AnEmptyFolderMayBecomeThePack) {
    Record record = open();
    fs::create_directories(work_ / "empty");
    ASSERT_TRUE(make_pack(record, assessment(record), work_ / "empty/", keeper));
    expect_verified(work_ / "empty");
}

TEST_F(SlowPackTest, ChangedEvidenceStopsThePackAndLeavesNothing) {
    fs::copy(root_ / "data", work_ / "data", fs::copy_options::recursive);
    const std::string stored = evidence::stored_path(hex(sha256("a photograph of the device")));
    fs::permissions(work_ / "data" / stored, fs::perms::owner_all);
    write(work_ / "data" / stored, "another photograph");
    Result<Record> record = Record::open(work_ / "data", builtin(), *clock_);
    ASSERT_TRUE(record) << record.error().words.en;
    const int64_t events = record->history().size();
    Result<Made> made = make_pack(*record, assessment(*record), work_ / "out", keeper);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::corrupt);
    EXPECT_TRUE(has(made.error().words.ja, "写真 1.txt"));
    EXPECT_EQ(record->history().size(), events);
    EXPECT_FALSE(fs::exists(work_ / "out"));
    for (const auto& entry : fs::directory_iterator(work_))
        EXPECT_EQ(entry.path().filename(), "data");
}

// ---- verification ---------------------------------------------------------------------------------------

TEST_F(PackTest, TheReportSaysWhichKeySigned) {
    Result<PackReport> report = verify_pack(root_ / "pack");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->fingerprint, made_.fingerprint);
    EXPECT_EQ(report->institution, "ひかり診療所");
    EXPECT_EQ(report->files, made_.files);
    EXPECT_FALSE(report->compared);
    EXPECT_TRUE(has(report->notice().ja, made_.fingerprint));
    EXPECT_TRUE(has(report->notice().ja, "見比べて"));
}

TEST_F(SlowPackTest, TheKeyIsComparedWhenGiven) {
    std::string spelled;
    for (size_t i = 0; i < made_.fingerprint.size(); ++i) {
        char c = made_.fingerprint[i];
        spelled += c >= 'a' ? static_cast<char>(c - 32) : c;
        if (i % 2 == 1) spelled += ':';
    }
    for (const std::string& good : {made_.fingerprint, spelled}) {
        Result<PackReport> report = verify_pack(root_ / "pack", good);
        ASSERT_TRUE(report);
        EXPECT_TRUE(report->holds() && report->compared) << told(*report);
        EXPECT_EQ(script(root_ / "pack", "--key " + good).code, 0);
    }
    std::string other = made_.fingerprint;
    other[5] = other[5] == '0' ? '1' : '0';
    Result<PackReport> report = verify_pack(root_ / "pack", other);
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->holds());
    EXPECT_TRUE(has(told(*report), "public-key.pem"));
    EXPECT_EQ(script(root_ / "pack", "--key " + other).code, 1);
    report = verify_pack(root_ / "pack", "abc");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::usage);
}

TEST_F(SlowPackTest, AnyChangedByteIsFoundAndNamed) {
    fs::path pack = copy();
    for (const std::string& name : names_) {
        const std::string good = read(pack / name);
        ASSERT_FALSE(good.empty());
        for (size_t at : {size_t{0}, good.size() / 3, good.size() - 1}) {
            SCOPED_TRACE(fmt::format("{} at {}", name, at));
            std::string changed = good;
            changed[at] ^= 0x04;
            write(pack / name, changed);
            expect_refused(pack, {name});
        }
        write(pack / name, good);
    }
    expect_verified(pack);
}

// The small files carry the proof: many of their bytes are tried, in each bit, with the program's verifier.
TEST_F(SlowPackTest, NoPartOfTheProofIsWithoutMeaning) {
    fs::path pack = copy();
    for (const char* name : {"proof.json", "checkpoint.txt", "public-key.pem", "manifest.json"}) {
        const std::string good = read(pack / name);
        for (size_t at = 0; at < good.size(); at += 1 + good.size() / 150) {
            std::string changed = good;
            changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
            write(pack / name, changed);
            Result<PackReport> report = verify_pack(pack);
            ASSERT_TRUE(report);
            EXPECT_TRUE(has(told(*report), name)) << name << " at " << at;
        }
        write(pack / name, good);
    }
}

TEST_F(SlowPackTest, MissingFilesAreNamed) {
    for (const std::string& name : names_) {
        SCOPED_TRACE(name);
        fs::path pack = copy();
        fs::remove(pack / name);
        expect_refused(pack, {name});
    }
}

TEST_F(SlowPackTest, FilesThatWereAddedAreNamed) {
    for (const char* name :
         {"extra.pdf", "evidence/other.pdf", ".hidden", "deep/er/file", "registers/あ.xlsx"}) {
        SCOPED_TRACE(name);
        fs::path pack = copy();
        fs::create_directories((pack / name).parent_path());
        write(pack / name, "x");
        expect_refused(pack, {name});
    }
}

TEST_F(SlowPackTest, SwappedFilesAreBothNamed) {
    for (size_t i = 0; i + 1 < names_.size(); ++i) {
        SCOPED_TRACE(names_[i]);
        fs::path pack = copy();
        const std::string a = read(pack / names_[i]);
        const std::string b = read(pack / names_[i + 1]);
        write(pack / names_[i], b);
        write(pack / names_[i + 1], a);
        expect_refused(pack, told_of({names_[i], names_[i + 1]}));
    }
}

TEST_F(SlowPackTest, LinksAreNotFollowed) {
    fs::path pack = copy();
    fs::rename(pack / "index.html", work_ / "index.html");
    fs::create_symlink(work_ / "index.html", pack / "index.html");
    expect_refused(pack, {"index.html"});
    pack = copy();
    fs::create_directory_symlink("/etc", pack / "etc");
    expect_refused(pack, {"etc"});
}

TEST_F(SlowPackTest, AllFaultsAreListed) {
    fs::path pack = copy();
    write(pack / "index.html", "x");
    write(pack / "extra.txt", "x");
    fs::remove(pack / "checklist.pdf");
    expect_refused(pack, {"index.html", "extra.txt", "checklist.pdf"});
}

// Somebody who rewrites a file and the manifest as well.
TEST_F(SlowPackTest, AManifestMadeToFitIsFound) {
    fs::path pack = copy();
    const std::string page = read(pack / "index.html");
    std::string manifest = read(pack / "manifest.json");
    const std::string old_digest = hex(sha256(page));
    const std::string changed = page.substr(0, page.size() - 1) + " ";
    write(pack / "index.html", changed);
    manifest.replace(manifest.find(old_digest), 64, hex(sha256(changed)));
    write(pack / "manifest.json", manifest);
    expect_refused(pack, {"manifest.json"});
}

// The proof of another pack of the same institution does not fit.
TEST_F(SlowPackTest, TheProofOfAnotherPackDoesNotFit) {
    Record record = open();
    confirm(record, "2-⑧", checklist::Value::yes, "", "");
    ASSERT_TRUE(make_pack(record, assessment(record), work_ / "other", keeper));
    fs::path pack = copy();
    for (const char* name : {"proof.json", "checkpoint.txt"})
        fs::copy_file(work_ / "other" / name, pack / name, fs::copy_options::overwrite_existing);
    expect_refused(pack, {"manifest.json"});
}

// A whole new proof, signed by the forger's own key, fails only against the printed fingerprint.
TEST_F(SlowPackTest, ForgersKeyIsToldByTheFingerprint) {
    FixedClock clock(*Date::make(2026, 11, 21));
    ASSERT_TRUE(Record::create(work_ / "forger", builtin(), clock, "ひかり診療所", "clinic", keeper));
    Result<Record> record = Record::open(work_ / "forger", builtin(), clock);
    ASSERT_TRUE(record);
    ASSERT_TRUE(make_pack(*record, assessment(*record), work_ / "forged", keeper));
    Result<PackReport> report = verify_pack(work_ / "forged", made_.fingerprint);
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->holds());
    EXPECT_EQ(script(work_ / "forged", "--key " + made_.fingerprint).code, 1);
    expect_verified(work_ / "forged");
}

TEST_F(SlowPackTest, WhatIsNoPackIsRefused) {
    fs::create_directories(work_ / "empty");
    Result<PackReport> report = verify_pack(work_ / "empty");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::bad_file);
    EXPECT_EQ(script(work_ / "empty").code, 1);
    write(work_ / "noise.zip", "PK\x03\x04 nothing");
    report = verify_pack(work_ / "noise.zip");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::bad_file);
    EXPECT_EQ(script(work_ / "noise.zip").code, 1);
    report = verify_pack(work_ / "ありません");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::not_found);
    EXPECT_EQ(script(work_ / "ありません").code, 1);
}

// ---- zip ------------------------------------------------------------------------------------------------

using Members = std::vector<std::pair<std::string, std::string>>;

void write_members(const fs::path& path, const Members& members,
                   const std::function<void(zip_t*, zip_uint64_t)>& with_last = {}) {
    int error = 0;
    zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
    ASSERT_NE(zip, nullptr);
    zip_int64_t index = -1;
    for (const auto& [name, bytes] : members) {
        zip_source_t* source = zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
        index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
        ASSERT_GE(index, 0) << name;
    }
    if (with_last) with_last(zip, static_cast<zip_uint64_t>(index));
    ASSERT_EQ(zip_close(zip), 0);
}

class SlowPackZipTest : public PackTest {
 protected:
    // The files of the pack as members of a zip.
    static Members members() {
        Members all;
        for (const std::string& name : names_)
            all.emplace_back(name, read(root_ / "pack" / name));
        return all;
    }

    fs::path zipped(const Members& all) {
        write_members(work_ / "a.zip", all);
        return work_ / "a.zip";
    }
};

TEST_F(SlowPackZipTest, IsMadeAndVerifiedLikeAFolder) {
    Record record = open();
    const checklist::Assessment a = assessment(record);
    ASSERT_TRUE(make_pack(record, a, work_ / "立入検査.zip", keeper));
    expect_verified(work_ / "立入検査.zip");
    EXPECT_EQ(run("unzip -tq " + quoted(work_ / "立入検査.zip")).code, 0);
    EXPECT_EQ(os::files_below(work_)->size(), 1u) << "nothing is left beside it";
    // The same folder gives the same zip.
    ASSERT_TRUE(write_zip(root_ / "pack", work_ / "1.zip", record.now()));
    ASSERT_TRUE(write_zip(root_ / "pack", work_ / "2.zip", record.now()));
    EXPECT_EQ(read(work_ / "1.zip"), read(work_ / "2.zip"));
}

TEST_F(SlowPackZipTest, AnyChangedMissingAddedOrSwappedFileIsNamed) {
    expect_verified(zipped(members()));
    const Members good = members();
    for (size_t i = 0; i < good.size(); ++i) {
        SCOPED_TRACE(good[i].first);
        Members changed = good;
        changed[i].second[changed[i].second.size() / 2] ^= 0x04;
        expect_refused(zipped(changed), {good[i].first});
        Members missing = good;
        missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
        expect_refused(zipped(missing), {good[i].first});
        Members swapped = good;
        size_t other = (i + 1) % good.size();
        std::swap(swapped[i].second, swapped[other].second);
        expect_refused(zipped(swapped), told_of({good[i].first, good[other].first}));
    }
    Members added = good;
    added.emplace_back("extra.txt", "x");
    expect_refused(zipped(added), {"extra.txt"});
}

TEST_F(SlowPackZipTest, NamesThatLeadOutsideAreRefused) {
    for (const char* name :
         {"../evil.txt", "/evil.txt", "evidence/../../evil.txt", "C:evil.txt", "a\\evil.txt"}) {
        SCOPED_TRACE(name);
        Members all = members();
        all.emplace_back(name, "x");
        expect_refused(zipped(all), {"evil.txt"});
    }
}

TEST_F(SlowPackZipTest, LinksInsideAreRefused) {
    Members all = members();
    all.emplace_back("link.txt", "/etc/passwd");
    write_members(work_ / "a.zip", all, [](zip_t* zip, zip_uint64_t last) {
        ASSERT_EQ(zip_file_set_external_attributes(zip, last, 0, ZIP_OPSYS_UNIX, 0120777U << 16), 0);
    });
    expect_refused(work_ / "a.zip", {"link.txt"});
}

TEST_F(SlowPackZipTest, DamageInTheStoredBytesIsNamed) {
    // Somewhere inside the compressed bytes of the largest file.
    fs::path zip = zipped(members());
    std::string bytes = read(zip);
    size_t at = bytes.find("checklist.pdf");
    ASSERT_NE(at, std::string::npos);
    bytes[at + 600] ^= 0x10;
    write(zip, bytes);
    expect_refused(zip, {"checklist.pdf"});
}

TEST_F(SlowPackZipTest, TwoFilesOfOneNameAreRefused) {
    Members all = members();
    all.emplace_back("index.htmX", "another page");
    fs::path zip = zipped(all);
    std::string bytes = read(zip);
    for (size_t at = bytes.find("index.htmX"); at != std::string::npos; at = bytes.find("index.htmX"))
        bytes[at + 9] = 'l';
    write(zip, bytes);
    expect_refused(zip, {"index.html"});
}

TEST(SafePathTest, StaysBelowItsFolder) {
    for (const char* good : {"a", "a/b.txt", "evidence/0123_写真 1.txt", "..a", "a..b", ".hidden"})
        EXPECT_TRUE(safe_path(good)) << good;
    for (const char* bad :
         {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a\\b", "C:a", "a\nb", "a\x7f"})
        EXPECT_FALSE(safe_path(bad)) << bad;
}

}  // namespace
}  // namespace sonae::pack
