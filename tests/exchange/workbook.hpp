// Makes XLSX files part by part, so that a test shows exactly what stands in them.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include <zip.h>

namespace sonae::exchange {

using Parts = std::map<std::string, std::string>;

// A zip archive of these parts, compressed.
inline std::string zip_of(const Parts& parts) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* archive = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(archive);
    zip_t* zip = zip_open_from_source(archive, ZIP_TRUNCATE, &error);
    if (zip == nullptr) throw std::runtime_error("zip");
    for (const auto& [name, text] : parts) {
        zip_source_t* part = zip_source_buffer(zip, text.data(), text.size(), 0);
        zip_file_add(zip, name.c_str(), part, ZIP_FL_ENC_UTF_8);
    }
    if (zip_close(zip) != 0) throw std::runtime_error("zip_close");
    zip_source_open(archive);
    zip_source_seek(archive, 0, SEEK_END);
    std::string bytes(static_cast<size_t>(zip_source_tell(archive)), '\0');
    zip_source_seek(archive, 0, SEEK_SET);
    zip_source_read(archive, bytes.data(), bytes.size());
    zip_source_close(archive);
    zip_source_free(archive);
    return bytes;
}

constexpr std::string_view main_space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view relation_space =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

// The parts of a workbook with one sheet, whose <sheetData> holds `rows`; shared strings and styles where
// given.
inline Parts workbook_parts(std::string_view rows, std::string_view shared = {},
                            std::string_view styles = {}) {
    std::string relations(relation_space);
    std::string space(main_space);
    Parts parts;
    parts["_rels/.rels"] =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='rId1' Type='" +
        relations +
        "/officeDocument' Target='xl/workbook.xml'/>"
        "</Relationships>";
    parts["xl/workbook.xml"] = "<workbook xmlns='" + space + "' xmlns:r='" + relations +
                               "'><sheets>"
                               "<sheet name='Sheet1' sheetId='1' r:id='rId1'/></sheets></workbook>";
    std::string list =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='rId1' Type='" +
        relations + "/worksheet' Target='worksheets/sheet1.xml'/>";
    if (!shared.empty()) {
        list += "<Relationship Id='rId2' Type='" + relations + "/sharedStrings' Target='sharedStrings.xml'/>";
        parts["xl/sharedStrings.xml"] = "<sst xmlns='" + space + "'>" + std::string(shared) + "</sst>";
    }
    if (!styles.empty()) {
        list += "<Relationship Id='rId3' Type='" + relations + "/styles' Target='styles.xml'/>";
        parts["xl/styles.xml"] = "<styleSheet xmlns='" + space + "'>" + std::string(styles) + "</styleSheet>";
    }
    parts["xl/_rels/workbook.xml.rels"] = list + "</Relationships>";
    parts["xl/worksheets/sheet1.xml"] =
        "<worksheet xmlns='" + space + "'><sheetData>" + std::string(rows) + "</sheetData></worksheet>";
    return parts;
}

}  // namespace sonae::exchange
