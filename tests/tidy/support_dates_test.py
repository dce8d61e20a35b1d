"""The compiled support dates are what the pages of endoflife.date in the repository give."""
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class SupportDates(unittest.TestCase):
    def test_the_committed_file_is_what_the_script_makes(self):
        done = subprocess.run([sys.executable, ROOT / "scripts/support_dates.py", "--check"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
