// SPDX-License-Identifier: Apache-2.0
/// Numbers of the fields of TensorBoard's messages.
/// Source   tensorboard/compat/proto/{event,summary,histogram,tensor}.proto, plugins/hparams/plugin_data.proto.
#pragma once

#include <protozero/types.hpp>

namespace f8net::event_fields {

using Tag = protozero::pbf_tag_type;

namespace event {
enum : Tag { kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5 };
}
namespace summary {
enum : Tag { kValue = 1 };
}
namespace value {
enum : Tag { kTag = 1, kSimpleValue = 2, kHistogram = 5, kTensor = 8, kMetadata = 9 };
}
namespace metadata {
enum : Tag { kPlugin = 1 };
}
namespace plugin {
enum : Tag { kName = 1, kContent = 2 };
}
namespace histogram {
enum : Tag { kMinimum = 1, kMaximum = 2, kCount = 3, kSum = 4, kSumOfSquares = 5, kUpperEdges = 6, kCounts = 7 };
}
namespace tensor {
enum : Tag { kType = 1, kContent = 4, kFloats = 5, kDoubles = 6 };
constexpr int32_t kFloat = 1, kDouble = 2;  // values of kType
}  // namespace tensor
namespace hparams {
enum : Tag { kSessionStart = 3 };
}
namespace session_start {
enum : Tag { kParameters = 1, kStartTime = 5 };
}
namespace entry {
enum : Tag { kKey = 1, kValue = 2 };
}
namespace any {
enum : Tag { kNumber = 2, kText = 3, kBoolean = 4 };
}

}  // namespace f8net::event_fields
