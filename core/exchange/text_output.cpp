// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/text_output.h"

namespace f8net {

void TextOutput::flush() {
    file_.write(buffer_.data(), buffer_.size());
    buffer_.clear();
}

void TextOutput::commit() {
    flush();
    file_.commit();
}

}  // namespace f8net
