// SPDX-License-Identifier: GPL-3.0-or-later
/// The document of `f8net analyze flips` about three images of three classes and two layers.
#pragma once

#include <QByteArray>

namespace f8net {

inline QByteArray sampleFlips() {
    return R"({"subject": "r", "checkpoint": "best", "checkpoint_hash": "00ff", "data_folder": null,
"class_names": ["Shirt", "Coat", "Bag"], "images": 200, "real_top1": 0.915, "integer_top1": 0.91,
"flipped": [
 {"image": 7, "file": "images 7", "label": 0, "real_class": 0, "integer_class": 1, "real_margin": 0.5,
  "integer_margin": 0.25, "confidence_lost": 0.125, "grew_at": "fc", "error_before": 0.02, "error_after": 0.05,
  "real_top": [{"class": 0, "logit": 1.5, "probability": 0.5}, {"class": 1, "logit": 1, "probability": 0.375},
               {"class": 2, "logit": 0, "probability": 0.125}],
  "integer_top": [{"class": 1, "logit": 1.25, "probability": 0.5}, {"class": 0, "logit": 1, "probability": 0.375},
                  {"class": 2, "logit": 0, "probability": 0.125}], "errors": [0.02, 0.05]},
 {"image": 30, "file": "images 30", "label": 2, "real_class": 1, "integer_class": 2, "real_margin": 0.125,
  "integer_margin": 1.5, "confidence_lost": 0.25, "grew_at": "head.0", "error_before": 0, "error_after": 0.04,
  "real_top": [{"class": 1, "logit": 1, "probability": 0.5}], "integer_top": [{"class": 2, "logit": 2, "probability": 0.75}],
  "errors": [0.04, 0.03]},
 {"image": 31, "file": "images 31", "label": 0, "real_class": 1, "integer_class": 2, "real_margin": 0.0625,
  "integer_margin": 0.0625, "confidence_lost": 0.0625, "grew_at": "fc", "error_before": 0.01, "error_after": 0.03,
  "real_top": [{"class": 1, "logit": 1, "probability": 0.5}], "integer_top": [{"class": 2, "logit": 1, "probability": 0.5}],
  "errors": [0.01, 0.03]}],
"layers": [{"name": "head.0", "relative_error": 0.01, "relative_error_of_flipped": 0.02},
           {"name": "fc", "relative_error": 0.02, "relative_error_of_flipped": 0.035}]})";
}

}  // namespace f8net
