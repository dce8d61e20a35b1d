// Checkpoints that left the house and come back: typed, as files, newer than the record, over another
// history; and proofs that are checked alone.
#include "history/outside.hpp"

#include "base/os/file.hpp"
#include "history/tree.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <stdlib.h>

namespace sonae::history {
namespace {

namespace fs = std::filesystem;

Digest digest_of(std::string_view text) {
    return sha256(text);
}

// ---- the short form -------------------------------------------------------------------------------------

TEST(ShortForm, HasItsKnownForm) {
    // SHA-256(""), as another program works it out too.
    EXPECT_EQ(short_form(0, digest_of("")), "0 WERC-8GMR-ZGE1-96QV-YK49-P");
    auto read = read_short_form("0 WERC-8GMR-ZGE1-96QV-YK49-P");
    ASSERT_TRUE(read) << read.error().words.en;
    EXPECT_EQ(read->size, 0);
}

TEST(ShortForm, ReadsBackWhatItWrites) {
    rc::check([] {
        const int64_t size = *rc::gen::inRange<int64_t>(0, 1'000'000'000'000);
        const Digest root = digest_of(*rc::gen::arbitrary<std::string>());
        auto read = read_short_form(short_form(size, root));
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->size == size);
        RC_ASSERT(read->text == short_form(size, root));
    });
}

TEST(ShortForm, IsReadAsPeopleTypeIt) {
    const Digest root = digest_of("3");
    const std::string form = short_form(1204, root);
    ASSERT_EQ(form, "1204 9R3M-11B2-QVDR-PR6E-0Q0X-4") << form;
    for (const char* typed :
         {"1204 9r3m-11b2-qvdr-pr6e-0q0x-4", "12049R3M11B2QVDRPR6E0Q0X4",
          "  1,204  9R3M 11B2 QVDR PR6E 0Q0X 4\n", "1204 9R3M-IlB2-QVDR-PR6E-OQoX-4",
          "l2o4 9r3m-1Lb2-qvdr-pr6e-oqOx-4", "１２０４　９Ｒ３Ｍ－１１Ｂ２－ＱＶＤＲ－ＰＲ６Ｅ－０Ｑ０Ｘ－４",
          "１２０４　９ｒ３ｍーＩｌｂ２ーｑｖｄｒーｐｒ６ｅーＯｑｏｘー４", "1204 9R3M–11B2—QVDR―PR6E−0Q0X‐4",
          "001204 9R3M-11B2-QVDR-PR6E-0Q0X-4"}) {
        auto read = read_short_form(typed);
        ASSERT_TRUE(read) << typed << ": " << read.error().words.en;
        EXPECT_EQ(read->size, 1204);
        EXPECT_EQ(read->text, form) << typed;
    }
}

TEST(ShortForm, AWrongCharacterOrTwoExchangedOnesAreFound) {
    const std::string letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int64_t size : {int64_t{7}, int64_t{1204}, int64_t{987654321}}) {
        const std::string form = short_form(size, digest_of(std::to_string(size)));
        size_t tried = 0;
        for (size_t i = 0; i < form.size(); ++i) {
            if (form[i] == ' ' || form[i] == '-') continue;
            for (char c : letters) {
                std::string typed = form;
                typed[i] = c;
                if (typed == form) continue;
                EXPECT_FALSE(read_short_form(typed)) << typed;
                ++tried;
            }
            size_t next = form.find_first_not_of(" -", i + 1);
            if (next == std::string::npos || form[next] == form[i]) continue;
            std::string typed = form;
            std::swap(typed[i], typed[next]);
            EXPECT_FALSE(read_short_form(typed)) << typed;
        }
        EXPECT_GT(tried, 600u);
    }
}

TEST(ShortForm, OtherTextIsRefusedWithASentence) {
    for (const std::string& text :
         {std::string(), std::string("1204"), std::string("1204 ABCD"), std::string("ほげ"),
          std::string("\xff\xfe"), std::string("1204 9R3M-11B2-QVDR-PR6E-0Q0X-U"), std::string(5000, '1'),
          "9999999999999999 " + short_form(1, Digest{}).substr(2)}) {
        auto read = read_short_form(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, Code::bad_value);
        EXPECT_NE(read.error().words.ja.find("紙と見比べ"), std::string::npos);
    }
}

TEST(ShortForm, FingerprintsAreReadWithColonsAndBlanks) {
    const std::string print = hex(digest_of("key"));
    std::string written;
    for (size_t i = 0; i < print.size(); i += 2)
        written += (i == 0 ? "" : i % 8 == 0 ? " " : ":") + print.substr(i, 2);
    for (char& c : written)
        c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(read_fingerprint(written), print);
    EXPECT_EQ(read_fingerprint(print.substr(1)), std::nullopt);
    EXPECT_EQ(read_fingerprint(""), std::nullopt);
    EXPECT_EQ(short_fingerprint("0123456789abcdef0123"), "0123 4567 89ab cdef");
}

// ---- a history and what left it -------------------------------------------------------------------------

class OutsideTest : public testing::Test {
 protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "sonae-outside-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        database_ = make_database("a.db");
        history_.emplace(*database_, "inst");
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::unique_ptr<store::Database> make_database(const char* name) {
        auto database = store::open_sqlite(folder_ / name, store::Open::create);
        EXPECT_TRUE(database) << database.error().words.en;
        create_tables(**database);
        return std::move(*database);
    }

    // Appends events and returns the note over all of them.
    std::string append(store::Database& database, int count, const std::string& text = "x") {
        History history(database, "inst");
        store::Transaction transaction(database);
        for (int i = 0; i < count; ++i) {
            Change change;
            change.action = "add";
            change.register_name = "device";
            change.id = text + std::to_string(history.size());
            change.version = 1;
            change.by = "tester";
            change.body = json::object{{"fields", json::object{{"number", text}}}};
            history.append(change, 1000 + history.size());
        }
        std::string note = history.seal(key_).note;
        transaction.commit();
        return note;
    }

    void announce(const Key& key) {
        store::Transaction transaction(*database_);
        Change change;
        change.action = "add";
        change.register_name = "signing_key";
        change.id = key.public_key().fingerprint();
        change.version = 1;
        change.body = json::object{{"fields", json::object{{"public_key", hex(key.public_key().raw())}}}};
        history_->append(change, 5);
        history_->seal(key_);
        transaction.commit();
    }

    std::vector<PublicKey> keys() { return known_keys(*database_, "inst", key_.public_key()); }

    fs::path folder_;
    std::unique_ptr<store::Database> database_;
    std::optional<History> history_;
    Key key_ = Key::generate();
};

TEST_F(OutsideTest, AnEarlierCheckpointHolds) {
    std::vector<std::string> notes;
    std::vector<std::string> forms;
    for (int count : {1, 2, 300, 1}) {
        notes.push_back(append(*database_, count));
        forms.push_back(short_form(history_->size(), history_->root(history_->size())));
    }
    for (size_t i = 0; i < notes.size(); ++i) {
        Compared note = compare(*history_, keys(), "a.txt", notes[i]);
        EXPECT_EQ(note.standing, Standing::holds) << note.words.en;
        EXPECT_EQ(note.name, "a.txt");
        Compared form = compare(*history_, *read_short_form(forms[i]));
        EXPECT_EQ(form.standing, Standing::holds) << form.words.en;
        EXPECT_EQ(form.size, note.size);
    }
    // As a scanning program or an editor may save it.
    std::string windows = "\xEF\xBB\xBF";
    for (char c : notes[2])
        windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_TRUE(compare(*history_, keys(), "a.txt", windows + "\r\n\r\n").holds());
}

TEST_F(OutsideTest, ARecordThatIsOlderIsCounted) {
    append(*database_, 10);
    auto newer = make_database("b.db");
    History other(*newer, "inst");
    std::string note = append(*newer, 17);
    Compared found = compare(*history_, keys(), "a.txt", note);
    EXPECT_EQ(found.standing, Standing::older);
    EXPECT_EQ(found.missing, 7);
    EXPECT_NE(found.words.en.find("7 events are missing"), std::string::npos);
    EXPECT_NE(found.words.ja.find("7件がありません"), std::string::npos);
    Compared form = compare(*history_, *read_short_form(short_form(17, other.root(17))));
    EXPECT_EQ(form.standing, Standing::older);
    EXPECT_EQ(form.missing, 7);
}

TEST_F(OutsideTest, ARewrittenHistoryIsDifferent) {
    std::string note = append(*database_, 10);
    auto rewritten = make_database("b.db");
    append(*rewritten, 9, "x");
    append(*rewritten, 5, "y");
    History other(*rewritten, "inst");
    Compared found = compare(other, keys(), "a.txt", note);
    EXPECT_EQ(found.standing, Standing::different);
    EXPECT_NE(found.words.en.find("before event 10"), std::string::npos);
    Compared form = compare(other, *read_short_form(short_form(10, history_->root(10))));
    EXPECT_EQ(form.standing, Standing::different);
}

TEST_F(OutsideTest, OnlyKeysThatTheHistoryNamesCount) {
    append(*database_, 3);
    Key second = Key::generate();
    const std::string text = checkpoint_text(checkpoint_origin("inst"), 3, history_->root(3));
    const std::string note = sign_note(text, checkpoint_origin("inst"), second);
    EXPECT_EQ(compare(*history_, keys(), "a", note).standing, Standing::unknown_key);
    announce(second);
    EXPECT_EQ(keys().size(), 2u);
    EXPECT_EQ(compare(*history_, keys(), "a", note).standing, Standing::holds);
    // A changed note is signed by nobody.
    std::string changed = note;
    changed[changed.find("\n3\n") + 1] = '2';
    EXPECT_EQ(compare(*history_, keys(), "a", changed).standing, Standing::unknown_key);
    std::string foreign = sign_note(checkpoint_text(checkpoint_origin("other"), 3, history_->root(3)),
                                    checkpoint_origin("other"), key_);
    EXPECT_EQ(compare(*history_, keys(), "a", foreign).standing, Standing::foreign);
    EXPECT_EQ(compare(*history_, keys(), "a", "hello\n").standing, Standing::unreadable);
    EXPECT_EQ(compare(*history_, keys(), "a", "").standing, Standing::unreadable);
}

TEST_F(OutsideTest, KeptNotesAreAllCompared) {
    EXPECT_TRUE(compare_kept(folder_, *history_, keys())->empty());
    std::string first = append(*database_, 3);
    std::string second = append(*database_, 4);
    const std::string root8 = hex(history_->root(7)).substr(0, 8);
    EXPECT_EQ(keep_note(folder_, "inst", keys(), second).value(), "checkpoints/7-" + root8 + ".txt");
    ASSERT_TRUE(keep_note(folder_, "inst", keys(), first));
    ASSERT_TRUE(keep_note(folder_, "inst", keys(), first + "\n")) << "again";
    EXPECT_EQ(os::read_file(folder_ / ("checkpoints/7-" + root8 + ".txt")).value(), second);
    auto all = compare_kept(folder_, *history_, keys());
    ASSERT_EQ(all->size(), 2u);
    for (const Compared& one : *all)
        EXPECT_TRUE(one.holds()) << one.name << one.words.en;
    EXPECT_EQ(check_newest_kept(folder_, *database_, *history_, key_.public_key()), std::nullopt);

    ASSERT_TRUE(os::write_file(folder_ / "checkpoints/note.txt", "something"));
    all = compare_kept(folder_, *history_, keys());
    EXPECT_EQ(std::ranges::count(*all, Standing::unreadable, &Compared::standing), 1);
    // A name that hides the note from the check at opening.
    fs::rename(folder_ / ("checkpoints/7-" + root8 + ".txt"), folder_ / "checkpoints/note.txt");
    all = compare_kept(folder_, *history_, keys());
    EXPECT_EQ(std::ranges::count(*all, Standing::unreadable, &Compared::standing), 1);

    std::string foreign = sign_note(checkpoint_text(checkpoint_origin("other"), 3, history_->root(3)),
                                    checkpoint_origin("other"), key_);
    EXPECT_EQ(keep_note(folder_, "inst", keys(), foreign).error().code, Code::not_verified);
    EXPECT_EQ(keep_note(folder_, "inst", {Key::generate().public_key()}, first).error().code,
              Code::not_verified);
    EXPECT_EQ(keep_note(folder_, "inst", keys(), "hello\n").error().code, Code::bad_file);
}

TEST_F(OutsideTest, OpeningIsStoppedByANewerNoteOnly) {
    append(*database_, 5);
    auto newer = make_database("b.db");
    ASSERT_TRUE(keep_note(folder_, "inst", keys(), append(*newer, 3)));
    // Over other events (their salts differ), so the record is not the one that was sealed.
    auto fault = check_newest_kept(folder_, *database_, *history_, key_.public_key());
    ASSERT_TRUE(fault);
    EXPECT_NE(fault->words.en.find("rewritten"), std::string::npos) << fault->words.en;
    ASSERT_TRUE(keep_note(folder_, "inst", keys(), append(*newer, 9)));
    fault = check_newest_kept(folder_, *database_, *history_, key_.public_key());
    ASSERT_TRUE(fault);
    EXPECT_TRUE(fault->place.starts_with("checkpoints/12-")) << fault->place;
    EXPECT_NE(fault->words.en.find("7 events are missing"), std::string::npos) << fault->words.en;
    EXPECT_NE(fault->words.ja.find(fault->place), std::string::npos);
    // What is no note stops nobody.
    ASSERT_TRUE(os::write_file(folder_ / "checkpoints/99-00000000.txt", "damaged"));
    EXPECT_EQ(check_newest_kept(folder_, *database_, *history_, key_.public_key()), std::nullopt);
}

// ---- proofs ---------------------------------------------------------------------------------------------

TEST_F(OutsideTest, AProofIsCheckedWithoutTheRecord) {
    append(*database_, 600);
    for (int64_t seq : {0, 1, 255, 256, 599}) {
        auto proof = make_proof(*history_, keys(), seq);
        ASSERT_TRUE(proof) << proof.error().words.en;
        const std::string text = proof_text(*proof);
        EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nextra "));
        EXPECT_NE(text.find("\nindex " + std::to_string(seq) + "\n"), std::string::npos);
        const std::string leaf = history_->event(seq)->leaf;
        auto proved = check_proof(text, leaf);
        ASSERT_TRUE(proved) << proved.error().words.en;
        EXPECT_EQ(proved->index, seq);
        EXPECT_EQ(proved->size, 600);
        EXPECT_EQ(proved->fingerprint, key_.public_key().fingerprint());
        EXPECT_TRUE(check_proof(text, leaf + "\n"));
        EXPECT_EQ(check_proof(text, history_->event((seq + 1) % 600)->leaf).error().code, Code::not_verified);
    }
    EXPECT_EQ(make_proof(*history_, keys(), 600).error().code, Code::not_found);
    EXPECT_EQ(make_proof(*history_, keys(), -1).error().code, Code::not_found);
    EXPECT_EQ(make_proof(*history_, {Key::generate().public_key()}, 1).error().code, Code::not_verified);
}

TEST_F(OutsideTest, EveryChangedByteOfAProofIsFound) {
    append(*database_, 20);
    const std::string text = proof_text(*make_proof(*history_, keys(), 13));
    const std::string leaf = history_->event(13)->leaf;
    for (size_t i = 0; i < text.size(); ++i) {
        // The name on the signature line and the key are given by the forger; the fingerprint tells.
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        auto proved = check_proof(changed, leaf);
        EXPECT_FALSE(proved && proved->fingerprint == key_.public_key().fingerprint()) << i << "\n"
                                                                                       << changed;
    }
    for (size_t i = 0; i < leaf.size(); ++i) {
        std::string changed = leaf;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(check_proof(text, changed)) << i;
    }
    for (size_t length = 0; length + 1 < text.size(); ++length)
        EXPECT_FALSE(check_proof(text.substr(0, length), leaf)) << length;
}

TEST(Proof, OfAMillionEventsIsSmall) {
    Key key = Key::generate();
    const std::string origin = checkpoint_origin("01990000-0000-7000-8000-000000000000");
    Proof proof;
    proof.extra = key.public_key().raw();
    proof.index = 999'999;
    proof.path.resize(20);
    proof.note = sign_note(checkpoint_text(origin, 1'000'000, Digest{}), origin, key);
    EXPECT_LE(proof_text(proof).size(), 1536u);
    EXPECT_EQ(proof_text(*read_proof(proof_text(proof))), proof_text(proof));
}

TEST(Proof, TheExampleOfTheSpecificationIsRead) {
    const std::string hash = base64(bytes(sha256("x")));
    auto proof = read_proof("c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n" + hash + "\n" + hash +
                            "\n\nexample.com/fancylog\n109482\n" + hash + "\n\n— a b\n");
    ASSERT_TRUE(proof) << proof.error().words.en;
    EXPECT_EQ(proof->extra, "age");
    EXPECT_EQ(proof->index, 73894);
    EXPECT_EQ(proof->path.size(), 2u);
    EXPECT_TRUE(proof->note.starts_with("example.com/fancylog\n"));
    for (const std::string& wrong : {std::string("c2sp.org/tlog-proof@v2\nindex 1\n\n"),
                                     std::string("c2sp.org/tlog-proof@v1\nindex 01\n\n"),
                                     std::string("c2sp.org/tlog-proof@v1\nindex -1\n\n"),
                                     std::string("c2sp.org/tlog-proof@v1\nindex \n\n"),
                                     std::string("c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n"),
                                     std::string("c2sp.org/tlog-proof@v1\nindex 1\n"),
                                     std::string("c2sp.org/tlog-proof@v1\nextra ?\nindex 1\n\n")}) {
        EXPECT_EQ(read_proof(wrong).error().code, Code::bad_file) << wrong;
    }
}

}  // namespace
}  // namespace sonae::history
