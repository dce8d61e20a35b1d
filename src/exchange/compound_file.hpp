// Compound files (OLE), in which Excel wrote .xls and in which encrypted workbooks are wrapped: streams of
// bytes that lie scattered over the file. Chains are followed no further than the file is long. Thread-safe;
// throws Refusal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

class CompoundFile {
 public:
    // `bytes` must stay as long as the file is used.
    explicit CompoundFile(std::string_view bytes);

    // Whether there is a stream or folder of this name (ASCII), wherever it lies.
    bool has(std::string_view name) const;
    // The bytes of such a stream.
    std::string read(std::string_view name) const;

 private:
    struct Entry {
        std::string name;
        bool stream = false;
        uint32_t first = 0;
        uint64_t size = 0;
    };

    uint32_t number(size_t at, size_t bytes) const;
    std::string_view sector(uint32_t index) const;
    std::string chain(uint32_t first) const;
    void read_allocation();
    void read_directory();

    std::string_view bytes_;
    size_t sector_size_ = 512;
    std::vector<uint32_t> next_;        // which sector follows each
    std::vector<uint32_t> small_next_;  // the same of the small sectors
    std::string small_;                 // the small sectors, one after the other
    std::vector<Entry> entries_;
};

}  // namespace sonae::exchange
