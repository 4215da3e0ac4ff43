// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/csv_table.h"

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr int kEnd = std::char_traits<char>::eof();
constexpr size_t kMostCells = 100'000, kMostBytes = size_t{1} << 24;  // in a row

}  // namespace

CsvTable::CsvTable(std::istream& stream, std::string path) : bytes_in_(*stream.rdbuf()), path_(std::move(path)) {
    for (const int byte : {0xef, 0xbb, 0xbf}) {
        if (bytes_in_.sgetc() != byte) break;
        bytes_in_.sbumpc();
    }
}

int CsvTable::get() {
    const int c = bytes_in_.sbumpc();
    if (c == '\n') ++line_;
    if (c == 0) throw DataError(path_ + ":" + std::to_string(line_) + ": a byte 0; this is no text");
    ++bytes_;
    return c;
}

void CsvTable::read_quoted(std::string& cell) {
    while (true) {
        const int c = get();
        if (c == kEnd) throw DataError(place() + ": a quote in this row is not closed");
        if (c == '"') {
            if (bytes_in_.sgetc() != '"') return;
            get();
        }
        cell += static_cast<char>(c);
        if (cell.size() > kMostBytes) throw DataError(place() + ": a cell of more than 16 MiB; a quote not closed?");
    }
}

bool CsvTable::next(std::vector<std::string>& cells) {
    cells.clear();
    if (bytes_in_.sgetc() == kEnd) return false;
    row_line_ = line_;
    const int64_t begin = bytes_;
    cells.emplace_back();
    bool was_quoted = false;
    while (true) {
        const int c = get();
        if (bytes_ - begin > static_cast<int64_t>(kMostBytes) || cells.size() > kMostCells)
            throw DataError(place() + ": a row of absurd size (at most 100,000 cells, 16 MiB)");
        if (c == kEnd || c == '\n') {
            if (cells.back().ends_with('\r')) cells.back().pop_back();
            if (cells.size() > 1 || !cells.front().empty() || was_quoted) return true;
            if (c == kEnd) return false;
            row_line_ = line_;  // an empty line
        } else if (c == ',') {
            cells.emplace_back();
            was_quoted = false;
        } else if (c == '"' && cells.back().empty() && !was_quoted) {
            read_quoted(cells.back());
            was_quoted = true;
        } else if (was_quoted && c != '\r') {
            throw DataError(place() + ": text behind a closed quote in cell " + std::to_string(cells.size()));
        } else {
            cells.back() += static_cast<char>(c);
        }
    }
}

}  // namespace f8net
