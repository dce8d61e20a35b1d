"""The commands as such: help, languages, exit codes, where a data folder may be made."""
import getpass
import unittest

from story import JAPANESE, SAMPLES, Story

COMMANDS = [
    "init",
    "import",
    "list",
    "show",
    "add",
    "set",
    "retire",
    "attach",
    "answer",
    "confirm",
    "history",
    "verify",
    "rebuild",
    "pack",
]


class Commands(Story):
    def test_alone_it_says_in_five_lines_how_to_begin(self):
        done = self.call()
        self.assertEqual(done.code, 0, done)
        lines = done.out.splitlines()
        self.assertEqual(len(lines), 5, done)
        self.assertIn("init", done.out)
        self.assertRegex(done.out, JAPANESE)

    def test_every_command_explains_itself_with_an_example(self):
        told = self.call("--help")
        self.assertEqual(told.code, 0, told)
        for command in COMMANDS:
            self.assertRegex(told.out, rf"\b{command}\b")
            done = self.call(command, "--help")
            self.assertEqual(done.code, 0, done)
            self.assertRegex(done.out, rf"sonae {command} ", f"sonae {command} --help has no example")
            self.assertRegex(done.out, JAPANESE)
            for option in ["--data", "--json"]:
                self.assertIn(option, done.out, f"sonae {command} --help")

    def test_wrong_use_is_exit_2_and_done_nothing(self):
        self.init()
        before = self.history()
        for arguments in [
            ["frobnicate"],
            ["answer"],
            ["answer", "--data", self.data],
            ["list", "--data", self.data],
            ["init", "--data", self.folder / "x", "--name", "A", "--kind", "castle"],
            ["answer", "--edition", "R7", "--data", self.data, "--loud"],
            ["answer", "--edition", "R7", "--year", "soon", "--data", self.data],
            ["confirm", "--edition", "R7", "--data", self.data],
        ]:
            done = self.call(*arguments)
            self.assertEqual(done.code, 2, f"{arguments}\n{done}")
            self.assertRegex(done.err, JAPANESE, arguments)
            self.assertEqual(done.out, "", arguments)
        self.assertEqual(self.history(), before)
        self.assertFalse((self.folder / "x").exists())

    def test_init_is_done_once(self):
        self.init()
        before = self.files()
        self.refused("init", "--name", "別の医院", "--kind", "dental", codes=(1,))
        self.assertEqual(self.files(), before)
        self.assertEqual(len(self.entries("institution")), 1)

    def test_init_leaves_other_peoples_files_alone(self):
        self.data.mkdir()
        (self.data / "家計簿.txt").write_text("x", encoding="utf-8")
        self.call("init", "--name", "A", "--kind", "clinic", "--data", self.data)
        self.assertEqual((self.data / "家計簿.txt").read_text(encoding="utf-8"), "x")

    def test_a_folder_that_is_not_a_record_is_named(self):
        for command in [
            ["list", "device"],
            ["answer", "--edition", "R7"],
            ["history"],
            ["verify"],
            ["rebuild"],
            ["add", "device", "number=1"],
        ]:
            told = self.refused(*command, data=self.folder / "ありません", codes=(1,))
            self.assertIn("ありません", told)
        self.assertFalse((self.folder / "ありません").exists(), "a wrong name makes no folder")

    def test_english_on_request(self):
        self.init()
        done = self.sonae("answer", "--edition", "R7", "--lang", "en")
        self.assertIn("not known", done.out.lower())
        self.assertNotIn("わからない", done.out)
        done = self.call("list", "devices", "--data", self.data, "--lang", "en")
        self.assertEqual(done.code, 1, done)
        self.assertNotRegex(done.err, JAPANESE)
        self.assertIn("devices", done.err)

    def test_json_is_one_document_on_standard_output(self):
        self.init()
        for command in [
            ["import", "device", SAMPLES / "ledger-seed.csv"],
            ["list", "device"],
            ["show", "device", "001"],
            ["add", "device", "number=5"],
            ["set", "device", "5", "place=受付"],
            ["retire", "device", "5"],
            ["attach", SAMPLES / "ledger-seed.csv", "--to", "device:001"],
            ["answer", "--edition", "R7"],
            ["history"],
            ["verify"],
            ["rebuild"],
            ["confirm", "--edition", "R7", "--item", "1-①", "--answer", "unknown"],
            ["pack", "--edition", "R7", "--out", self.folder / "pack"],
        ]:
            self.json(*command)

    def test_errors_are_json_too(self):
        self.init()
        done = self.call("list", "devices", "--json", "--data", self.data)
        self.assertEqual(done.code, 1, done)
        error = done.json()["error"]
        self.assertEqual(error["code"], "unknown_register")
        self.assertEqual(set(error["message"]), {"ja", "en"})

    def test_a_relative_name_starts_from_the_callers_folder(self):
        (self.folder / "deep").mkdir()
        done = self.call(
            "init", "--name", "A", "--kind", "clinic", "--data", "here", cwd=self.folder / "deep"
        )
        self.assertEqual(done.code, 0, done)
        self.assertTrue((self.folder / "deep/here").is_dir())

    def test_by_defaults_to_the_system_user(self):
        self.init()
        self.sonae("add", "device", "number=1")
        self.assertIn(getpass.getuser(), self.history())

    def test_the_day_is_japans(self):
        self.init()
        self.now = self.now.replace(day=20, hour=15, minute=0, second=0)  # midnight in Japan has just passed
        self.assertEqual(self.answer()["as_of"], "2026-11-21")
        self.now = self.now.replace(hour=14)
        self.assertEqual(self.answer()["as_of"], "2026-11-20")


if __name__ == "__main__":
    unittest.main()
