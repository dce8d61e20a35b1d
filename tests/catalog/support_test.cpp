// Tests of the support dates: what texts of ledgers mean, that accidents mean nothing, that the table says
// what its source says, and that a mistake in the files is found.
#include "catalog/support.hpp"

#include "base/date.hpp"
#include "catalog/builtin.hpp"
#include "catalog/catalog.hpp"
#include "catalog/yaml.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sonae::catalog {
namespace {

const std::filesystem::path source = SONAE_SOURCE;

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    if (!in) throw std::runtime_error("cannot read " + path.string());
    return out.str();
}

json::value read_yaml(const std::filesystem::path& path, const std::string& text) {
    auto out = yaml_to_json(path.filename().string(), text);
    if (!out) throw std::runtime_error(out.error().words.en);
    return *std::move(out);
}

// The files of catalog/support in the order of their names.
json::array files() {
    std::set<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(source / "catalog/support"))
        paths.insert(entry.path());
    json::array out;
    for (const auto& path : paths)
        out.push_back(read_yaml(path, read(path)));
    return out;
}

const SupportTable& table() {
    static const SupportTable loaded = [] {
        auto out = SupportTable::load(files());
        if (!out) throw std::runtime_error(out.error().words.en);
        return *std::move(out);
    }();
    return loaded;
}

// A text of a ledger and what it must mean; no dates: nothing.
struct Meaning {
    std::string text;
    std::string version;
    std::string earliest;
    std::string latest;
    std::string product;  // where it is to be checked
};

const std::string open_end = "9999-12-31";

std::string shown(const std::optional<SupportMatch>& match) {
    if (!match) return "nothing";
    return match->earliest_end + " to " + match->latest_end + " (" + match->product + ": " + match->cycles +
           ")";
}

void check(const std::vector<Meaning>& meanings) {
    for (const Meaning& one : meanings) {
        auto match = table().match(one.text, one.version);
        SCOPED_TRACE(one.text + " | " + one.version + " means " + shown(match));
        EXPECT_EQ(match.has_value(), !one.earliest.empty());
        if (!match) continue;
        EXPECT_EQ(match->earliest_end, one.earliest);
        EXPECT_EQ(match->latest_end, one.latest);
        EXPECT_EQ(one.product.empty() ? "" : match->product, one.product);
    }
}

TEST(Support, WindowsOnComputers) {
    check({
        {"Win11", "", "2023-10-10", open_end, "Windows 11"},
        {"Windows 11 Pro", "", "2023-10-10", open_end, "Windows 11"},
        {"Windows 11 Pro", "23H2", "2025-11-11", "2025-11-11", "Windows 11 23H2 (W)"},
        {"Windows 11 Pro 24H2", "", "2026-10-13", "2026-10-13", ""},
        {"Windows 11 Home 25H2", "", "2027-10-12", "2027-10-12", ""},
        {"Windows 11 Enterprise", "24H2", "2027-10-12", "2029-10-09", ""},
        {"Windows 11 Pro", "10.0.26100", "2026-10-13", "2026-10-13", ""},
        {"Windows 11 26H1", "", "2028-03-14", "2029-03-13", ""},
        {"Windows 11", "24H2", "2026-10-13", "2034-10-10", ""},
        {"Windows（11）", "", "2023-10-10", open_end, ""},
        // Home and Pro have all ended; a text without the edition can also mean LTSC.
        {"Windows 10 Pro", "", "2017-05-09", "2025-10-14", "Windows 10"},
        {"Windows 10 Home", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 10 Pro Education", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 10 Pro for Workstations", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 10 Education", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 10", "", "2017-05-09", "2032-01-13", "Windows 10"},
        {"Win10", "", "2017-05-09", "2032-01-13", ""},
        {"Windows", "10", "2017-05-09", "2032-01-13", ""},
        {"Windows 10", "22H2", "2025-10-14", "2025-10-14", "Windows 10 22H2"},
        {"Windows 10 Pro 22H2", "", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Pro（22H2）", "", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Pro / 22H2", "", "2025-10-14", "2025-10-14", ""},
        {"Windows10Pro22H2", "", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Pro", "10.0.19045", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Pro", "10.0.19045.3803", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Pro", "19045", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Pro", "バージョン 22H2 (OS ビルド 19045.3803)", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Pro", "2004", "2021-12-14", "2021-12-14", ""},
        {"Windows 10", "1809", "2020-11-10", "2029-01-09", ""},
        {"Windows 10 Pro", "1809", "2020-11-10", "2020-11-10", ""},
        {"Windows 10 Pro", "不明", "2017-05-09", "2025-10-14", ""},
        {"Windows", "10.0.22631", "2025-11-11", "2026-11-10", "Windows 11 23H2"},
        // Enterprise can mean its LTSC, whose release nobody wrote down.
        {"Windows 10 Enterprise", "", "2017-05-09", "2029-01-09", ""},
        {"Windows 10 Enterprise", "22H2", "2025-10-14", "2025-10-14", ""},
        {"Windows 10 Enterprise 2019 LTSC", "", "2029-01-09", "2029-01-09", ""},
        {"Windows 10 Enterprise LTSC 2021", "", "2027-01-12", "2027-01-12", ""},
        {"Windows 10 Enterprise 2016 LTSB", "", "2026-10-13", "2026-10-13", ""},
        {"Windows 10 LTSC 2021", "", "2027-01-12", "2032-01-13", ""},
        {"Windows 10 IoT Enterprise 2019 LTSC", "", "2029-01-09", "2029-01-09", ""},
        {"Windows 10 IoT Enterprise LTSC 2019", "", "2029-01-09", "2029-01-09", ""},
        {"Windows 10 IoT Enterprise LTSC", "1809", "2029-01-09", "2029-01-09", ""},
        {"Windows 10 IoT Enterprise LTSC 2021", "", "2032-01-13", "2032-01-13", ""},
        {"Windows 10 IoT Enterprise LTSC 21H2", "", "2032-01-13", "2032-01-13", ""},
        {"Windows 10 IoT Enterprise", "", "2017-05-09", "2032-01-13", ""},
        {"Windows 11 IoT Enterprise LTSC 2024", "", "2034-10-10", "2034-10-10", ""},
        {"Windows 8", "", "2016-01-12", "2016-01-12", "Windows 8"},
        {"Win8", "", "2016-01-12", "2016-01-12", ""},
        {"Windows 8.1 Pro", "", "2023-01-10", "2023-01-10", "Windows 8.1"},
        {"Windows 7", "", "2020-01-14", "2020-01-14", ""},
        {"Win7 Pro", "", "2020-01-14", "2020-01-14", ""},
        {"Windows 7 Professional SP1 64bit", "", "2020-01-14", "2020-01-14", ""},
        {"Windows 7", "6.1.7601", "2020-01-14", "2020-01-14", ""},
        {"Windows XP Professional SP3", "", "2014-04-08", "2014-04-08", ""},
        {"WindowsXP", "", "2014-04-08", "2014-04-08", ""},
        {"Windows Vista", "", "2017-04-11", "2017-04-11", ""},
        {"Windows Embedded Standard 7", "", "2020-10-13", "2020-10-13", ""},
        {"Windows Embedded POSReady 7", "", "2021-10-12", "2021-10-12", ""},
        {"Windows", "", "2014-04-08", open_end, ""},
        {"Windows 2000 Professional SP4", "", "2010-07-13", "2010-07-13", "Windows 2000"},
        {"Windows 98 SE", "", "2006-07-11", "2006-07-11", "Windows 98"},
        {"Windows NT 4.0", "", "2004-06-30", "2004-12-31", ""},
        {"Windows NT 4.0 Workstation", "", "2004-06-30", "2004-06-30", ""},
    });
}

TEST(Support, ExtendedSupportIsShownBeside) {
    EXPECT_EQ(table().match("Windows 10 Pro", "")->extended_end, "2028-10-10");
    EXPECT_EQ(table().match("Windows Server 2012 R2", "")->extended_end, "2026-10-13");
    EXPECT_EQ(table().match("Windows 8.1", "")->extended_end, "");
}

TEST(Support, Servers) {
    check({
        {"Windows Server 2019", "", "2029-01-09", "2029-01-09", "Windows Server 2019"},
        {"Windows Server 2019 Standard", "", "2029-01-09", "2029-01-09", ""},
        {"Windows Server 2019", "1809", "2029-01-09", "2029-01-09", ""},
        {"Windows Server 2019", "10.0.17763", "2029-01-09", "2029-01-09", ""},
        {"Windows Server", "2022 Datacenter", "2031-10-14", "2031-10-14", ""},
        {"WindowsServer2016", "", "2027-01-12", "2027-01-12", ""},
        {"Windows Storage Server 2012 R2", "", "2023-10-10", "2023-10-10", ""},
        {"Windows Server 2003 R2", "", "2015-07-14", "2015-07-14", ""},
        {"WinSrv2016", "", "2027-01-12", "2027-01-12", ""},
        {"Win2016", "", "2027-01-12", "2027-01-12", ""},
        {"Windows Server 2012 R2", "", "2023-10-10", "2023-10-10", "Windows Server 2012 R2"},
        {"Windows Server 2012R2 Standard", "", "2023-10-10", "2023-10-10", "Windows Server 2012 R2"},
        {"Windows Server 2008 R2 SP1", "", "2020-01-14", "2020-01-14", ""},
        {"Windows Server 2016/2019", "", "2027-01-12", "2029-01-09", ""},
        {"Windows Server 2016 2019年購入", "", "2027-01-12", "2027-01-12", ""},
        {"Ubuntu 22.04", "", "2027-04-01", "2027-04-01", "Ubuntu 22.04"},
        {"Ubuntu 22.04.3 LTS", "", "2027-04-01", "2027-04-01", ""},
        {"Ubuntu Server", "20.04", "2025-05-31", "2025-05-31", ""},
        {"Debian GNU/Linux 11 (bullseye)", "", "2024-08-14", "2024-08-14", ""},
        {"CentOS 7.9", "", "2024-06-30", "2024-06-30", "CentOS 7"},
        {"CentOS Linux release 7.9.2009 (Core)", "", "2024-06-30", "2024-06-30", "CentOS 7"},
        {"CentOS 8", "", "2021-12-31", "2024-05-31", ""},
        {"CentOS Stream 9", "", "2027-05-31", "2027-05-31", ""},
        {"RHEL 8", "", "2029-05-31", "2029-05-31", ""},
        {"Red Hat Enterprise Linux release 8.6 (Ootpa)", "", "2029-05-31", "2029-05-31", ""},
        {"Oracle Linux 8.6", "", "2029-07-31", "2029-07-31", ""},
        {"SLES 15 SP5", "", "2024-12-31", "2024-12-31", ""},
        {"VMware ESXi 6.7", "", "2022-10-15", "2022-10-15", ""},
        {"ESXi 7.0 Update 3", "", "2025-10-02", "2025-10-02", ""},
        {"NetApp ONTAP 9.11.1P2", "", "2025-07-31", "2025-07-31", ""},
        {"Veeam Backup & Replication 11", "", "2024-02-01", "2024-02-01", ""},
    });
}

TEST(Support, MobileMacAndNetworkDevices) {
    check({
        {"macOS 14", "", open_end, open_end, "macOS 14 (Sonoma)"},
        {"macOS Sonoma", "", open_end, open_end, ""},
        {"macOS Sonoma 14.5", "", open_end, open_end, ""},
        {"macOS Sierra", "", "2019-10-01", "2019-10-01", ""},
        {"macOS High Sierra", "", "2020-12-01", "2020-12-01", ""},
        {"Mac OS X 10.15", "", "2026-02-02", "2026-02-02", ""},
        {"OS X 10.11.6", "", "2018-12-01", "2018-12-01", ""},
        {"iPadOS 14.8", "", "2021-10-01", "2021-10-01", ""},
        {"iPadOS 17.5", "", open_end, open_end, ""},
        {"iOS 16", "", open_end, open_end, ""},
        {"iOS", "14.8.1", "2021-10-26", "2021-10-26", ""},
        {"Android 12", "", "2025-03-03", "2025-03-03", ""},
        {"Android 4.2", "", "0001-01-01", "0001-01-01", ""},
        {"FortiOS 7.0.12", "", "2025-09-30", "2025-09-30", "FortiOS 7.0"},
        {"FortiOS", "v7.2.5 build1517", "2026-09-30", "2026-09-30", ""},
        {"PAN-OS 10.1", "", "2024-12-01", "2024-12-01", ""},
        {"Cisco IOS XE 17.9.4", "", "2026-07-29", "2026-07-29", ""},
        {"BIG-IP 15.1.2", "", "2024-12-31", "2024-12-31", ""},
        {"OpenWrt 21.02", "", "2023-04-30", "2023-04-30", ""},
    });
}

TEST(Support, Programs) {
    check({
        {"Office 2019", "", "2025-10-14", "2025-10-14", "Office 2019"},
        {"Microsoft Office Home and Business 2016", "", "2025-10-14", "2025-10-14", ""},
        {"Office Home & Business", "2021", "2026-10-13", "2026-10-13", ""},
        {"Microsoft Access 2016", "", "2025-10-14", "2025-10-14", ""},
        {"Office", "", "2013-04-09", open_end, ""},
        {"Microsoft 365", "", open_end, open_end, "Microsoft 365"},
        {"Office 365 ", "", open_end, open_end, "Microsoft 365"},
        {"Internet Explorer 9", "", "2016-01-12", "2016-01-12", ""},
        // On Windows 10 Home and Pro it has ended, on LTSC and Server it has not.
        {"Internet Explorer 11", "", "2022-06-14", "2031-10-14", ""},
        {"Chrome 120", "", "2024-01-23", "2024-01-23", ""},
        {"Google Chrome", "120.0.6099.130", "2024-01-23", "2024-01-23", ""},
        {"FileMaker Pro 19", "", "2022-05-31", "2024-12-31", ""},
        {"FileMaker Pro", "19.6.3", "2024-12-31", "2024-12-31", ""},
        {"FileMaker Pro 20.3.1", "", "2025-12-31", "2025-12-31", "FileMaker 2023"},
        {"Oracle Database 19c", "", "2029-12-31", "2029-12-31", "Oracle Database 19c"},
        {"Oracle 12c R2", "", "2022-03-31", "2022-03-31", ""},
        {"SQL Server 2017", "", "2027-10-12", "2027-10-12", "SQL Server 2017"},
        {"Microsoft SQL Server 2019 Standard", "15.0.2000.5", "2030-01-08", "2030-01-08", ""},
        {"SQL Server 2008 R2", "", "2012-07-10", "2019-07-09", ""},
        {"PostgreSQL", "9.4", "2020-02-13", "2020-02-13", ""},
        {"PostgreSQL 13.4", "", "2025-11-13", "2025-11-13", ""},
        {"PostgreSQL", "", "2003-03-01", open_end, ""},
        {"MySQL 5.7", "", "2023-10-31", "2023-10-31", ""},
        {"Oracle MySQL 8.0", "", "2026-04-30", "2026-04-30", "MySQL 8.0"},
        {"Apache Tomcat 8.5", "", "2024-03-31", "2024-03-31", ""},
        {"Apache 2.4.6", "", open_end, open_end, "Apache HTTP Server 2.4"},
        {"PHP 7.4", "", "2022-11-28", "2022-11-28", ""},
        {"Python 3.8.10", "", "2024-10-07", "2024-10-07", ""},
        {"Node.js 16", "", "2023-09-11", "2023-09-11", ""},
        {".NET 6", "", "2024-11-12", "2024-11-12", ""},
        {".NET Framework 4.6.2", "", "2027-01-12", "2027-01-12", ""},
        // "Java" does not say whose.
        {"Java 8 Update 201", "", "2022-03-31", "2030-12-31", ""},
        {"JRE 1.8.0_201", "", "2022-03-31", "2030-12-31", ""},
        {"Oracle JDK 8", "", "2022-03-31", "2022-03-31", "Oracle JDK 8"},
    });
}

TEST(Support, SpellingsOfJapan) {
    check({
        {"ウィンドウズ10", "", "2017-05-09", "2032-01-13", ""},
        {"ウインドウズ１０　プロ", "", "2017-05-09", "2025-10-14", ""},
        {"ｳｨﾝﾄﾞｳｽﾞ7", "", "2020-01-14", "2020-01-14", ""},
        {"Ｗｉｎ１０", "", "2017-05-09", "2032-01-13", ""},
        {"Ｗｉｎｄｏｗｓ　１０　Ｐｒｏ", "", "2017-05-09", "2025-10-14", ""},
        {"Windows® 10 Pro 64ビット", "", "2017-05-09", "2025-10-14", ""},
        {"ウィンドウズサーバー2019", "", "2029-01-09", "2029-01-09", ""},
        {"マイクロソフト オフィス 2016", "", "2025-10-14", "2025-10-14", ""},
        {"ファイルメーカー 18", "", "2021-06-25", "2021-06-25", ""},
        {"OS：Windows 10 Pro", "", "2017-05-09", "2025-10-14", ""},
        {"【OS】Windows 10 Pro（仮想）", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 8.1（10へ更新予定）", "", "2023-01-10", "2023-01-10", ""},
        {"Windows 10 Pro 日本語版", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 10 Pro 8GB", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 7\nOffice 2010", "", "2020-01-14", "2020-01-14", ""},
    });
}

TEST(Support, SeveralVersionsAreSeveralMeanings) {
    check({
        {"Windows 10/11", "", "2017-05-09", open_end, ""},
        {"Windows 10 または 11", "", "2017-05-09", open_end, ""},
        {"Windows 10 Pro → Windows 11 Pro", "", "2017-05-09", open_end, ""},
        {"Windows 7/8.1", "", "2020-01-14", "2023-01-10", ""},
        {"Windows 7\nWindows 10 Pro", "", "2017-05-09", "2025-10-14", ""},
        {"Windows 10、Windows 12", "", "", "", ""},
        {"Windows 10 Pro", "Microsoft Windows 11 Pro", "", "", ""},
        {"Windows 10 Pro 21H2/22H2", "", "", "", ""},
    });
}

TEST(Support, OtherThingsMeanNothing) {
    check({
        {"", "", "", "", ""},
        {"", "10", "", "", ""},
        {"15.02.17", "", "", "", ""},  // the firmware of a router, without its name
        {"〇〇電子カルテ", "", "", "", ""},
        {"電子カルテ Karte-X", "8.1.2", "", "", ""},
        {"Karte-X 8.1.2", "", "", "", ""},
        {"レセコン RX", "", "", "", ""},
        {"画像ビューア PV 3.4", "", "", "", ""},
        {"資格確認", "11", "", "", ""},
        {"PACS Server 2.1", "", "", "", ""},
        {"Server 2.1", "", "", "", ""},
        {"Server 2019", "", "", "", ""},
        {"メディカルサーバ 2019", "", "", "", ""},
        {"Window 10", "", "", "", ""},
        {"Windowsills 10", "", "", "", ""},
        {"dynabook Windows 10", "", "", "", ""},
        {"Windows端末", "", "", "", ""},
        {"Windows 12", "", "", "", ""},
        {"Windows Defender", "", "", "", ""},
        {"Windows Update Server 2.1", "", "", "", ""},
        {"Windows XP Embedded", "", "", "", ""},
        {"Windows 10用ドライバ 3.1", "", "", "", ""},
        {"Windows 7対応 レセプトソフト", "", "", "", ""},
        {"Windows 10以降", "", "", "", ""},
        {"Win", "", "", "", ""},
        {"IE", "", "", "", ""},
        {"IOS 15.2(4)M", "", "", "", ""},  // Cisco's, not Apple's
        {"Cisco IOS 15.2", "", "", "", ""},
        {"Mac OS 9", "", "", "", ""},
        {"Red Hat Linux 9", "", "", "", ""},  // of 2003
        {"Python連携ツール", "", "", "", ""},
        {"Python連携ツール 3.8", "", "", "", ""},
        {"Office連携 3.0", "", "", "", ""},
        {"Office 2019 for Mac", "", "", "", ""},  // has an end of its own that is not in the table
        {"Microsoft 365", "2302", "", "", ""},    // a channel's version
        {"Word", "", "", "", ""},
        {"アクセスポイント 2016", "", "", "", ""},
        {"Chrome", "", "", "", ""},
        {"Chrome OS 120", "", "", "", ""},
        {"Oracle", "", "", "", ""},
        {"Oracle 19c Client", "", "", "", ""},
        {"MySQL Workbench 8.0", "", "", "", ""},
        {"Apache Log4j 2.14", "", "", "", ""},
        {"AOS 8.10", "", "", "", ""},
        {"PostgreSQL 19", "", "", "", ""},
        {"ASP.NET 3.5", "", "", "", ""},
    });
}

TEST(Support, AShortList) {
    auto windows = table().match("Windows 10", "");
    EXPECT_EQ(windows->count, 28);
    EXPECT_EQ(std::count(windows->cycles.begin(), windows->cycles.end(), ','), 4);
    EXPECT_TRUE(windows->cycles.ends_with(" …"));
    EXPECT_EQ(table().match("Windows 10 IoT Enterprise 2019 LTSC", "")->cycles, "10 1809 (E) LTSC");
    EXPECT_FALSE(SupportTable().match("Windows 10", "").has_value());
}

// What the program carries is what the files say.
TEST(Support, IsInTheProgram) {
    auto catalog = Catalog::load(builtin_json(), {});
    ASSERT_TRUE(catalog.has_value()) << catalog.error().words.en;
    EXPECT_EQ(catalog->support().match("Win8", "")->latest_end, "2016-01-12");
}

// Digits, marks and words that are no product's: whatever their order, nothing is ever "supported" by
// accident.
RC_GTEST_PROP(Support, NoTextWithoutAProductMeansAnything, ()) {
    const auto pieces =
        *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
            "10",         "11",         "2019",  "22H2", "7.0.12", "Pro", "Server", "Home",
            "電子カルテ", "レセコン",   "Karte", "-",    "/",      "、",  "(",      ")",
            "（",         "用",         " ",     "　",   ".",      "RX",  "LTSC",   "版",
            "サーバー",   "Enterprise", "\n",    "pc",   "8"}));
    std::string text;
    for (const std::string& piece : pieces)
        text += piece;
    RC_ASSERT(!table().match(text, "").has_value());
    RC_ASSERT(!table().match(text, "11").has_value());
}

// Any bytes at all, also behind a product's name.
RC_GTEST_PROP(Support, AnyTextIsReadOrNot, (const std::string& text, bool named)) {
    auto match = table().match((named ? "Windows 10 " : "") + text, text);
    if (!match) return;
    RC_ASSERT(match->earliest_end <= match->latest_end);
    RC_ASSERT(match->count > 0);
    RC_ASSERT(!match->product.empty());
    RC_ASSERT(!match->cycles.empty());
}

// Reads the pages of endoflife.date in another way than the script does, and finds each of their releases in
// the compiled file with the same ends.
TEST(Support, TheTableSaysWhatItsSourceSays) {
    json::value compiled = read_yaml("endoflife.yaml", read(source / "catalog/support/endoflife.yaml"));
    std::map<std::string, const json::object*> cycles;
    for (const json::value& product : compiled.at("products").as_array()) {
        for (const json::value& cycle : product.at("cycles").as_array()) {
            cycles[std::string(text_at(product.as_object(), "product")) + " " +
                   std::string(text_at(cycle.as_object(), "name"))] = &cycle.as_object();
        }
    }
    size_t found = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(source / "samples/data/endoflife/products")) {
        std::string page = read(entry.path());
        json::value front = read_yaml(entry.path(), page.substr(0, page.find("\n---\n", 4) + 1));
        for (const json::value& release : front.at("releases").as_array()) {
            const json::object& one = release.as_object();
            std::string name = entry.path().stem().string() + " " + std::string(text_at(one, "releaseCycle"));
            if (!cycles.contains(name)) {
                // Branches of development are left out.
                EXPECT_TRUE(text_at(one, "releaseLabel").starts_with("stable/")) << name;
                continue;
            }
            const json::value& eol = one.at("eol");
            std::string ends =
                eol.is_bool() ? (eol.as_bool() ? "0001-01-01" : open_end) : std::string(text_at(one, "eol"));
            EXPECT_EQ(text_at(*cycles[name], "ends"), ends) << name;
            std::string_view extended = text_at(one, "eoes");
            if (extended <= ends) extended = "";
            EXPECT_EQ(text_at(*cycles[name], "extended"), extended) << name;
            found++;
        }
    }
    EXPECT_EQ(found, cycles.size());
    EXPECT_GT(found, 1000U);
}

// A small table for tests of the loader.
const std::string dates = R"(source: own
source_date: '2026-08-22'
products:
  - product: thing
    label: Thing
    cycles:
      - {name: '2-b', label: '2 B', released: '2025-01-01', ends: '2027-01-01'}
      - {name: '1', label: '1', released: '2020-01-01', ends: '2022-01-01', extended: '2023-01-01'}
)";
const std::string names = R"(aliases:
  - {names: [thing], product: thing, source: own}
words:
  - {product: thing, words: [old], cycles: ['*', '!2-b'], source: own}
)";

Result<SupportTable> load(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& text : texts)
        out.push_back(read_yaml("test.yaml", text));
    return SupportTable::load(out);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("not there: " + from);
    return text.replace(at, from.size(), to);
}

TEST(SupportFiles, AreRead) {
    auto loaded = load({names, dates});
    ASSERT_TRUE(loaded.has_value()) << loaded.error().words.en;
    EXPECT_EQ(loaded->match("Thing 1.4", "")->latest_end, "2022-01-01");
    EXPECT_EQ(loaded->match("Thing 1.4", "")->extended_end, "2023-01-01");
    EXPECT_EQ(loaded->match("thing old", "")->latest_end, "2022-01-01");
    EXPECT_EQ(loaded->match("thing", "")->latest_end, open_end);  // a newer one than the table's can be meant
    EXPECT_EQ(loaded->match("thing 2", "")->latest_end, "2027-01-01");
    EXPECT_FALSE(loaded->match("thing 3", "").has_value());
}

// A product that came to an end before the table was made gets no new release.
TEST(SupportFiles, AnEndedProductStaysEnded) {
    auto loaded = load({names, replaced(dates, "ends: '2027-01-01'", "ends: '2026-01-01'")});
    ASSERT_TRUE(loaded.has_value()) << loaded.error().words.en;
    EXPECT_EQ(loaded->match("thing", "")->latest_end, "2026-01-01");
}

TEST(SupportFiles, ALaterFileReplacesAProduct) {
    auto loaded = load({names, dates, replaced(dates, "ends: '2022-01-01'", "ends: '2022-12-31'")});
    ASSERT_TRUE(loaded.has_value()) << loaded.error().words.en;
    EXPECT_EQ(loaded->match("Thing 1", "")->latest_end, "2022-12-31");
}

TEST(SupportFiles, MistakesAreNamed) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
        {{replaced(names, "source: own}", "source: own, sauce: x}"), dates}, "\"sauce\" is not known"},
        {{names, replaced(dates, "label: Thing", "label: Thing\n    colour: red")},
         "\"colour\" is not known"},
        {{names, replaced(dates, "source_date: '2026-08-22'\n", "")}, "\"source_date\" is missing"},
        {{names, replaced(dates, "ends: '2027-01-01'", "ends: '2027-13-01'")}, "not a day: 2027-13-01"},
        {{names, replaced(dates, "ends: '2027-01-01'", "ends: '2027'")}, "not a day: 2027"},
        {{replaced(names, "product: thing, source", "product: think, source"), dates},
         "no product \"think\""},
        {{replaced(names, "!2-b", "!2-c"), dates}, "no cycle of thing fits \"!2-c\""},
        {{replaced(names, "[thing], product: thing, source: own", "[thing], product: thing"), dates},
         "\"source\" is missing"},
        {{replaced(names, "names: [thing]", "names: [thing, THING]"), dates}, "\"THING\" occurs twice"},
        {{replaced(names, "names: [thing], product: thing", "names: [thing]"), dates}, "no alias names"},
        {{"- text", dates}, "is not a map"},
    };
    for (const auto& [texts, words] : mistakes) {
        auto loaded = load(texts);
        ASSERT_FALSE(loaded.has_value()) << words;
        EXPECT_EQ(loaded.error().code, Code::bad_catalog);
        EXPECT_NE(loaded.error().words.en.find(words), std::string::npos) << loaded.error().words.en;
        EXPECT_NE(loaded.error().words.ja.find("catalog/support"), std::string::npos);
    }
}

}  // namespace
}  // namespace sonae::catalog
