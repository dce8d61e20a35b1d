// The program `sonae`.
#include "cli/command.hpp"

#include <iostream>

int main(int count, char** arguments) {
    return sonae::cli::run({arguments + 1, arguments + count}, std::cin, std::cout, std::cerr);
}
