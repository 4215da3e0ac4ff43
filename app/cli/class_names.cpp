// SPDX-License-Identifier: Apache-2.0
#include "app/cli/class_names.h"

#include "app/cli/subject.h"
#include "core/base/error.h"
#include "core/run/experiment_mapping.h"

namespace f8net {

std::vector<std::string> class_names_of(Subject& subject) {
    const IntegerNetwork& network = subject.integer_network();
    if (!network.class_names.empty() || !subject.has_experiment()) return network.class_names;
    try {
        std::vector<std::string> names = open_dataset(subject.experiment(), Split::kTest)->class_names();
        if (names.size() == static_cast<size_t>(network.num_classes())) return names;
    } catch (const Error&) {  // without the data there are only numbers
    }
    return {};
}

}  // namespace f8net
