"""Checklist workbooks as a ministry might lay them out, all with the same items. The words are those of the R7 draft
with a few changed, made for the tests; no line is that of the real R8 form.
"""
from openpyxl import Workbook

SECTIONS = {
    "1": "体制構築",
    "2": "医療情報システムの管理・運用",
    "3": "インシデント発生に備えた対応",
    "4": "規程類の整備",
}
GATE = "医療情報システムを導入、運用している。"
ALL = "医療情報システム全般"
# section, place, target as printed, words
ITEMS = [
    ("1", 1, "", "医療情報システム安全管理責任者を設置している。"),
    ("2", 1, ALL, "サーバ、端末PC、ネットワーク機器の台帳管理を行っている。"),
    ("2", 2, ALL, "リモートメンテナンス（保守）を利用している機器の有無を事業者に確認した。"),
    ("2", 3, ALL, "パスワードの使い回しを、利用者にも事業者にも禁止している。"),
    ("2", 4, ALL, "医療情報を扱う職員に、生成AIの使い方の決まりを周知している。"),
    ("2", 5, "サーバ", "アクセスログを管理している。"),
    ("2", 6, "サーバ", "バックグラウンドで動作している不要なソフトウェア及びサービスを停止している。"),
    ("2", 6, "端末PC", "バックグラウンドで動作している不要なソフトウェア及びサービスを停止している。"),
    ("2", 7, "ネットワーク機器", "接続元制限を実施している。"),
    ("3", 1, "", "サイバー攻撃の想定を含む事業継続計画（BCP）を策定している。"),
    ("4", 1, "", "上記1-3のすべての項目について、具体的な実施方法を運用管理規程等に定めている。"),
]
VENDOR = [
    ("1", 1, "", "事業者内に、医療情報システム等の提供に係る管理責任者を設置している。"),
    ("2", 2, ALL, "リモートメンテナンス（保守）している機器の有無を確認した。"),
    ("2", 5, "サーバ", "アクセスログを管理している。"),
]
TARGETS = {"": None, ALL: None, "サーバ": "server", "端末PC": "pc", "ネットワーク機器": "network"}
TITLE = "令和８年度版 医療機関・薬局におけるサイバーセキュリティ対策チェックリスト"
OPENING = "立入検査時、本チェックリストを確認します。令和8年度中にすべての項目で「はい」にマルが付くよう取り組んでください。"
NOTE = "※ 事業者と契約していない場合には、2-②の記入は不要です。"


def circled(number):
    return chr(ord("①") + number - 1)


def wide(number):
    return chr(ord("０") + number)


def table(sheet, items, form, gate):
    """Number and words in columns of their own, a header, chapters as merged rows."""
    sheet.append([TITLE])
    sheet.merge_cells("A1:F1")
    sheet.append([None, None, None, None, None, f"（{form}）"])
    sheet.append([OPENING])
    sheet.append([])
    sheet.append(["番号", "対象", "チェック項目", "確認日", "確認結果", "目標日"])
    if gate:
        sheet.append([None, None, GATE, "（　／　）", "はい・いいえ", None])
    section = None
    for own, place, target, words in items:
        if own != section:
            section = own
            sheet.append([f"{wide(int(own))}　{SECTIONS[own]}"])
            sheet.merge_cells(start_row=sheet.max_row, start_column=1, end_row=sheet.max_row, end_column=6)
        sheet.append([f"{own}-{circled(place)}", target or None, words, "（　／　）", "はい・いいえ", "（　／　）"])
    sheet.append([])
    sheet.append([NOTE])


def two_forms(path):
    """A sheet for each form, a cover, and a filled-in example of the first form."""
    book = Workbook()
    book.active.title = "はじめに"
    book.active.append(["このファイルの使い方"])
    table(book.create_sheet("医療機関・薬局確認用"), ITEMS, "医療機関・薬局確認用", True)
    table(book.create_sheet("事業者確認用"), VENDOR, "事業者確認用", False)
    table(book.create_sheet("記入例（医療機関・薬局確認用）"), ITEMS, "医療機関・薬局確認用", True)
    book.save(path)


def merged_chapters(path):
    """Chapters and targets as cells merged over their rows, the place alone in a column, line breaks inside."""
    book = Workbook()
    sheet = book.active
    sheet.title = "R8"
    sheet["B1"] = TITLE + "（医療機関・薬局確認用）"
    sheet["B2"] = OPENING
    sheet.append([None, None, None, None, "項目", "結果", "備考"])
    sheet.append([None, None, None, None, GATE, "□はい　□いいえ", None])
    row = sheet.max_row + 1
    spans = []
    for index, (own, place, target, words) in enumerate(ITEMS):
        half = len(words) // 2
        sheet.cell(row, 4, circled(place))
        sheet.cell(row, 5, words[:half] + "\n" + words[half:])
        sheet.cell(row, 6, "□はい　□いいえ")
        for column, text, key in [(2, f"{own}\n{SECTIONS[own]}", own), (3, target, (own, target))]:
            before = next((span for span in spans if span[0] == column and span[1] == key), None)
            if before:
                before[3] = row
            elif text:
                spans.append([column, key, row, row])
                sheet.cell(row, column, text)
        row += 1
    for column, _, first, last in spans:
        if last > first:
            sheet.merge_cells(start_row=first, end_row=last, start_column=column, end_column=column)
    sheet.cell(row + 1, 2, NOTE)
    book.save(path)


def numbers_inside(path):
    """(2)① before the words in the same cell, targets as headings, no header, no column for answers but ticks."""
    book = Workbook()
    sheet = book.active
    sheet.title = "チェックリスト"
    sheet.append(["令和8年度版チェックリスト"])
    sheet.append(["医療機関・薬局確認用"])
    sheet.append([GATE, "はい・いいえ"])
    section = target = None
    for own, place, of, words in ITEMS:
        if own != section:
            section, target = own, None
            sheet.append([f"({own}) {SECTIONS[own]}"])
        if of != target and of:
            sheet.append([f"【{of}】"])
        target = of
        sheet.append([f"({own}){circled(place)}　{words}", "はい・いいえ"])
    sheet.append(["（注）記入の前にマニュアルを確認すること。"])
    book.save(path)


def brackets(path):
    """2（１） in a column of its own, the same item for two targets without repeating number and words."""
    book = Workbook()
    sheet = book.active
    sheet.title = "薬局・医療機関"
    sheet.append(["令和8年度版 サイバーセキュリティ対策チェックリスト 医療機関・薬局確認用"])
    sheet.append([])
    sheet.append(["No.", "確認項目", "対象", "はい・いいえ", "備考"])
    sheet.append([None, GATE, None, "はい・いいえ"])
    before = None
    for own, place, target, words in ITEMS:
        if before is None or before[0] != own:
            sheet.append([own, SECTIONS[own]])
        if before and before[:2] == (own, place):
            sheet.append([None, None, target, "はい・いいえ"])
        else:
            sheet.append([f"{own}（{wide(place)}）", words, target or None, "はい・いいえ"])
        before = (own, place)
    sheet.append([None, "※ 記入後は3年間保存してください。"])
    book.save(path)


def one_sheet(path):
    """Both forms one below the other on one sheet; chapter, place and words in three columns."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    for form, items, gate in [("医療機関・薬局確認用", ITEMS, True), ("事業者確認用", VENDOR, False)]:
        sheet.append([TITLE])
        sheet.append([f"【{form}】"])
        sheet.append(["章", "項番", "内容", "対象機器", "回答"])
        if gate:
            sheet.append([None, None, GATE, None, "はい・いいえ"])
        section = None
        for own, place, target, words in items:
            if own != section:
                section = own
                sheet.append([f"第{own}章 {SECTIONS[own]}"])
            sheet.append([own, circled(place), words, target or None, "はい・いいえ"])
        sheet.append([])
    book.save(path)


LAYOUTS = [two_forms, merged_chapters, numbers_inside, brackets, one_sheet]
