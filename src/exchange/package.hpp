// The zip that an XLSX or ODS file is: its parts, expanded piece by piece, with bounds on their number, size
// and expansion. Nothing that the archive says of itself is believed: bytes are counted as they come, and
// each part's check sum is compared at its end. One owner at a time; throws Refusal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

class Package {
 public:
    // `bytes` must stay as long as the package is used.
    explicit Package(std::string_view bytes);
    Package(const Package&) = delete;
    Package& operator=(const Package&) = delete;
    ~Package();

    // Names of parts are found without regard to case, as spreadsheets do.
    bool has(const std::string& name) const;

    // A part on its way out.
    class Part {
     public:
        Part(Part&&) noexcept;
        Part& operator=(Part&&) = delete;
        Part(const Part&) = delete;
        ~Part();

        // Writes up to `room` bytes (more than 0); returns how many, 0 at the end of the part.
        size_t read(char* to, size_t room);
        const std::string& name() const;

     private:
        friend class Package;
        struct State;
        explicit Part(std::unique_ptr<State> state);
        std::unique_ptr<State> state_;
    };

    // Refuses a part that is not there.
    Part open(const std::string& name);
    // The whole of a part that must be small; refuses one of more than `longest` bytes.
    std::string read(const std::string& name, size_t longest);

 private:
    struct Zip;
    std::unique_ptr<Zip> zip_;
};

}  // namespace sonae::exchange
