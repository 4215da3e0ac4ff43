// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/views.h"

#include "widgets/compare/compare_view.h"
#include "widgets/curves/curves_view.h"
#include "widgets/distributions/distributions_view.h"
#include "widgets/network/network_widget.h"
#include "widgets/panels/details_view.h"
#include "widgets/formats/formats_view.h"
#include "widgets/panels/log_view.h"
#include "widgets/panels/runs_view.h"
#include "widgets/predictions/predictions_view.h"
#include "widgets/sigma/sigma_view.h"
#include "widgets/whatif/what_if_view.h"

namespace f8net {

ViewRegistry allViews() {
    ViewRegistry registry;
    registerRunsView(registry);
    registerCurvesView(registry);
    registerFormatsView(registry);
    registerDistributionsView(registry);
    registerNetworkView(registry);
    registerCompareView(registry);
    registerPredictionsView(registry);
    registerSigmaView(registry);
    registerWhatIfView(registry);
    registerLogView(registry);
    registerDetailsView(registry);
    return registry;
}

}  // namespace f8net
