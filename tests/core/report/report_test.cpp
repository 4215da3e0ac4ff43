// SPDX-License-Identifier: Apache-2.0
#include "core/report/report.h"

#include <regex>

#include "core/network/random_network.h"
#include "tests/core/report/markup_reader.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReportTest : public StoreTest {
protected:
    /// A run of two epochs with everything that a run reports.
    Report full_report(const std::string& name = "mine", const std::string& note = "a note",
                       const std::string& tag = "mine") {
        NewRun run;
        run.name = name;
        run.config = "name: mine\noptimizer:\n  lr: 0.05 # <b>\n";
        run.config_values = {{"optimizer.lr", "0.05"}, {"optimizer.momentum", "0.9"}, {"data.folder", "<i>"}};
        run.command = "f8net train mine.yaml --set optimizer.lr=0.05";
        run.model = "resnet18";
        run.dataset = "fashion-mnist";
        run.environment = R"({"versions":{"f8net":"9.8.7","libtorch":"2.11.0"}})";
        run.note = note;
        run.tags = {tag};
        const RunId id = open().create_run(run);
        {
            RunWriter writer(path, id, nullptr);
            writer.on_stage_start("fixed-point", {{"head.0", "conv", 1, "", {}, {}, 0, 0}}, Step{20}, Epoch{2});
            for (int epoch = 1; epoch <= 2; ++epoch) {
                for (int step = 1; step <= 10; ++step) writer.on_step(step_report((epoch - 1) * 10 + step));
                writer.on_epoch(epoch_report(epoch, epoch * 10));
                writer.on_checkpoint(checkpoint_report(writer.folder(), "best", epoch, epoch * 10));
            }
            writer.finish(RunState::kFinished, 0);
        }
        EvaluationRecord evaluation;
        evaluation.checkpoint = "best";
        evaluation.mode = "integer-only";
        evaluation.split = "test";
        evaluation.images = 10'000;
        evaluation.top1 = 0.8983;
        evaluation.top5 = 0.9971;
        evaluation.loss = 0.2784;
        evaluation.integer_modes_agree = true;
        open().set_evaluation(id, evaluation);
        Report report;
        report.checkpoint = "best";
        const RunStore store = open(RunStore::Mode::kReadOnly);
        read_run(store, id, report);
        ArchitectureOptions options;
        options.width_multiplier = 0.125;
        options.image_size = 32;
        options.num_classes = 10;
        options.stem = Stem::kSmall;
        RandomNetworkOptions random;
        random.keep_effective_weights = true;
        const IntegerNetwork network = make_random_network(make_layer_graph(options), 1, random);
        report.architecture = network.architecture;
        report.layers = report_layers(network, {});
        report.profiles = profile_layers(network);
        report.verified = {
            {"avx2", "", 100, ""}, {"avx512vnni", "not on this processor", 0, ""}, {"c", "", 7, "at <x>"}};
        report.verified_on = "100 images";
        return report;
    }
};

TEST_F(ReportTest, IsWellFormedAndHoldsTheNumbersOfTheStore) {
    const Report report = full_report();
    EXPECT_TRUE(report.missing.empty());
    const std::string page = render_report(report);
    const Markup markup = read_markup(page);
    EXPECT_EQ(markup.error, "");
    for (const char* expected : {"mine",
                                 "finished",
                                 "resnet18 on fashion-mnist",
                                 "89.83 %",
                                 "89.22 to 90.41 %",
                                 "99.71 %",
                                 "0.2784",
                                 "10\u2009000",
                                 "f8net 9.8.7, libtorch 2.11.0",
                                 "The integer modes agree",
                                 "epoch 2 of 2",
                                 "u8.6",
                                 "log2(c / sigma)",
                                 "6.30",
                                 "0.10 %",
                                 "31.0",
                                 "equal in every code",
                                 "not checked: not on this processor",
                                 "differs: at &lt;x&gt;",
                                 "stage_3_layer_1.body.1",
                                 "checkpoint-20.safetensors",
                                 "00ff",
                                 "lr: 0.05 # &lt;b&gt;"}) {
        EXPECT_THAT(markup.text, HasSubstr(expected));
    }
    for (const char* id :
         {"facts", "accuracy", "curves", "formats", "histograms", "layers", "verification", "configuration", "files"}) {
        EXPECT_THAT(page, HasSubstr("<section id=\"" + std::string(id) + "\""));
        EXPECT_THAT(page, HasSubstr("href=\"#" + std::string(id) + "\""));
    }
    EXPECT_THAT(page, Not(HasSubstr("id=\"missing\"")));
    EXPECT_GT(std::count(markup.elements.begin(), markup.elements.end(), "svg"), 3);
}

TEST_F(ReportTest, LoadsNothing) {
    std::string page = render_report(full_report());
    // The name of the SVG language is no address.
    const std::string language = "xmlns=\"http://www.w3.org/2000/svg\"";
    for (size_t at = 0; (at = page.find(language, at)) != std::string::npos;) page.erase(at, language.size());
    for (const char* loads : {"http:", "https:", "src=", "@import", "<script", "<link", "<iframe", "url(\"", "//"})
        EXPECT_THAT(page, Not(HasSubstr(loads)));
    for (const auto& [name, value] : read_markup(page).attributes) {
        EXPECT_THAT(name, Not(testing::StartsWith("on")));
        if (name == "href") {
            EXPECT_THAT(value, testing::StartsWith("#"));
        }
    }
    const std::regex reference(R"(url\(([^)]*)\))");
    for (std::sregex_iterator at(page.begin(), page.end(), reference), end; at != end; ++at)
        EXPECT_THAT(at->str(1), testing::StartsWith("#"));
}

TEST_F(ReportTest, TextOfStrangersIsOnlyText) {
    const std::string name = "<script>alert('x')</script>\"><img src=x onerror=y>&amp;";
    const std::string page = render_report(full_report(name, name, "<script>alert('x')</script>&amp;"));
    const Markup markup = read_markup(page);
    EXPECT_EQ(markup.error, "");
    for (const std::string& element : markup.elements) {
        EXPECT_NE(element, "script");
        EXPECT_NE(element, "img");
    }
    EXPECT_THAT(
        page,
        HasSubstr("<h1>&lt;script&gt;alert('x')&lt;/script&gt;&quot;&gt;&lt;img src=x onerror=y&gt;&amp;amp;</h1>"));
}

TEST_F(ReportTest, SaysWhatARunHasNot) {
    const RunId id = create("empty");
    Report report;
    const RunStore store = open(RunStore::Mode::kReadOnly);
    read_run(store, id, report);
    EXPECT_EQ(report.missing.size(), 4u);
    const std::string page = render_report(report);
    EXPECT_EQ(read_markup(page).error, "");
    EXPECT_THAT(page, HasSubstr("What is not here"));
    EXPECT_THAT(page, HasSubstr("queued"));
    EXPECT_THAT(page, Not(HasSubstr("<section id=\"curves\"")));
}

TEST_F(ReportTest, KnowsWhoSetAnOption) {
    std::map<std::string, std::string> origins;
    for (const ConfigurationEntry& entry : full_report().configuration) origins[entry.key] = entry.origin;
    EXPECT_EQ(origins["optimizer.lr"], "command line");
    EXPECT_EQ(origins["optimizer.momentum"], "default");
    EXPECT_EQ(origins["data.folder"], "experiment");
}

TEST_F(ReportTest, OfALargeNetworkStaysSmall) {
    Report report = full_report();
    const LayerFormatReport format = report.formats.front();
    report.formats.clear();
    report.histograms.clear();
    for (int layer = 0; layer < 54; ++layer) {
        report.formats.push_back(format);
        report.formats.back().layer = "layer." + std::to_string(layer);
        for (const char* tensor : {"input", "effective_weight"}) {
            HistogramReport histogram;
            histogram.layer = report.formats.back().layer;
            histogram.tensor = tensor;
            histogram.lower = -8;
            histogram.width = 0.125;
            for (int64_t bin = 0; bin < 128; ++bin) histogram.counts.push_back(1 + bin * bin * 977 % 4099);
            report.histograms.push_back(histogram);
        }
    }
    const std::string page = render_report(report);
    EXPECT_LT(page.size(), 700'000u);
    EXPECT_EQ(read_markup(page).error, "");
}

}  // namespace
}  // namespace f8net
