// SPDX-License-Identifier: Apache-2.0
/// Rows of a comma-separated table (RFC 4180; lines may end in CR LF, a byte order mark is passed over).
/// Errors   DataError with the line: a quote that is not closed, text behind one, a byte 0, a row of absurd size.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace f8net {

class CsvTable {
public:
    CsvTable(std::istream& stream, std::string path);

    /// The next row that is not empty; false at the end.
    bool next(std::vector<std::string>& cells);
    int64_t line() const { return row_line_; }  ///< where the last row began, from 1
    std::string place() const { return path_ + ":" + std::to_string(row_line_); }
    int64_t bytes() const { return bytes_; }  ///< read so far

private:
    int get();
    void read_quoted(std::string& cell);

    std::streambuf& bytes_in_;
    std::string path_;
    int64_t line_ = 1, row_line_ = 0, bytes_ = 0;
};

}  // namespace f8net
