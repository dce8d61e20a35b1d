// Reads one file the way an import does and prints how long that took and a digest over all cells as text,
// which bench/import/import.py compares with that of other programs: bench_import FILE [ROUNDS].
#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "exchange/table.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>

namespace {

using namespace sonae;

// Row number, column and text of every cell that holds something.
std::string all_cells(const exchange::Workbook& book) {
    std::string text;
    for (const exchange::Table& table : book.tables) {
        for (const exchange::TableRow& row : table.rows) {
            for (size_t i = 0; i < row.cells.size(); i++) {
                if (row.cells[i].empty()) continue;
                text += fmt::format("{}\t{}\t{}\n", row.number, i, row.cells[i]);
            }
        }
    }
    return text;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) return 2;
    int rounds = count > 2 ? std::atoi(arguments[2]) : 1;
    for (int i = 0; i < rounds; i++) {
        auto begin = std::chrono::steady_clock::now();
        auto bytes = os::read_file(arguments[1]);
        if (!bytes) return 1;
        auto book = exchange::read_workbook(*bytes, arguments[1]);
        std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        if (!book) {
            std::fputs((book.error().words.en + "\n").c_str(), stderr);
            return 1;
        }
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        fmt::print("seconds {:.4f}\n", took.count());
        if (i == 0) fmt::print("peak {}\n", used.ru_maxrss);
        if (i + 1 == rounds) fmt::print("digest {}\n", sha256(all_cells(*book)).hex());
    }
    return 0;
}
