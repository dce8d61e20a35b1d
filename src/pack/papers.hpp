// The papers of a pack: the answered checklist and the sheet for transfer to a newer form, each as PDF and
// workbook. Thread-safe (no state).
#pragma once

#include "pack/content.hpp"

#include <filesystem>

namespace sonae::pack {

Result<std::string> checklist_pdf(const Content& content);
Status checklist_xlsx(const Content& content, const std::filesystem::path& path);

// Only for a content that has a transfer.
Result<std::string> transfer_pdf(const Content& content);
Status transfer_xlsx(const Content& content, const std::filesystem::path& path);

}  // namespace sonae::pack
