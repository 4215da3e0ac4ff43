// SPDX-License-Identifier: Apache-2.0
#include "core/run/rank_place.h"

#include <gmock/gmock.h>

#include <map>

#include "core/base/error.h"

namespace f8net {
namespace {

using Variables = std::map<std::string, std::string>;

RankPlace place_in(const Variables& variables, std::optional<int> local_rank = {}) {
    return rank_place(
        [&](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
        },
        local_rank);
}

std::string error_in(const Variables& variables) {
    try {
        place_in(variables);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no error";
}

const Variables kTorchrun = {{"RANK", "3"},
                             {"WORLD_SIZE", "8"},
                             {"LOCAL_RANK", "1"},
                             {"LOCAL_WORLD_SIZE", "2"},
                             {"MASTER_ADDR", "node7"},
                             {"MASTER_PORT", "29500"}};
const Variables kSlurm = {{"SLURM_PROCID", "5"},
                          {"SLURM_NTASKS", "8"},
                          {"SLURM_LOCALID", "1"},
                          {"SLURM_JOB_ID", "1234567"},
                          {"SLURM_JOB_NODELIST", "node[03-04,09],gpu1"}};

Variables with(Variables variables, const std::string& name, const std::string& value) {
    variables[name] = value;
    return variables;
}
Variables without(Variables variables, const std::string& name) {
    variables.erase(name);
    return variables;
}

TEST(RankPlace, IsAloneWithoutALauncher) {
    EXPECT_TRUE(place_in({}).is_alone());
    // What a user's shell or another program left there says nothing of ranks.
    EXPECT_TRUE(place_in({{"MASTER_ADDR", "node"}, {"LOCAL_RANK", "2"}}).is_alone());
}

TEST(RankPlace, ReadsTorchrunsVariables) {
    const RankPlace place = place_in(kTorchrun);
    EXPECT_EQ(place.rank, 3);
    EXPECT_EQ(place.world, 8);
    EXPECT_EQ(place.local_rank, 1);
    EXPECT_EQ(place.local_world, 2);
    EXPECT_EQ(place.master_address, "node7");
    EXPECT_EQ(place.master_port, 29500);
    EXPECT_FALSE(place.agent_store_prefix.has_value());
    EXPECT_EQ(place_in(kTorchrun, 0).local_rank, 0) << "--local-rank goes before LOCAL_RANK";
}

TEST(RankPlace, KnowsTheStoreOfTorchrunsAgent) {
    const RankPlace place =
        place_in(with(with(kTorchrun, "TORCHELASTIC_USE_AGENT_STORE", "True"), "TORCHELASTIC_RESTART_COUNT", "2"));
    EXPECT_EQ(place.agent_store_prefix, "/worker/attempt_2");
    EXPECT_FALSE(place_in(with(kTorchrun, "TORCHELASTIC_USE_AGENT_STORE", "False")).agent_store_prefix.has_value());
}

TEST(RankPlace, ReadsSlurmsVariables) {
    const RankPlace place = place_in(kSlurm);
    EXPECT_EQ(place.rank, 5);
    EXPECT_EQ(place.world, 8);
    EXPECT_EQ(place.local_rank, 1);
    EXPECT_EQ(place.master_address, "node03");
    EXPECT_EQ(place.master_port, 20000 + 1234567 % 12000);
    const RankPlace chosen = place_in(with(with(kSlurm, "MASTER_ADDR", "head"), "MASTER_PORT", "4000"));
    EXPECT_EQ(chosen.master_address, "head");
    EXPECT_EQ(chosen.master_port, 4000);
    EXPECT_EQ(place_in(with(kSlurm, "SLURM_STEP_NODELIST", "node09")).master_address, "node09");
    // Started by launch or torchrun inside a Slurm job: those know better.
    Variables both = kSlurm;
    both.insert(kTorchrun.begin(), kTorchrun.end());
    EXPECT_EQ(place_in(both).rank, 3);
}

TEST(RankPlace, OneRankNeedsNoAddress) {
    EXPECT_TRUE(place_in({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).is_alone());
    EXPECT_TRUE(place_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}).is_alone());
}

TEST(RankPlace, NamesWhatIsMissingOrWrong) {
    using testing::AllOf;
    using testing::HasSubstr;
    for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}) {
        EXPECT_THAT(error_in(without(kTorchrun, name)), HasSubstr(std::string("the environment has no ") + name + ":"));
    }
    EXPECT_THAT(error_in(with(kTorchrun, "RANK", "8")), AllOf(HasSubstr("RANK is '8'"), HasSubstr("0 to 7")));
    EXPECT_THAT(error_in(with(kTorchrun, "RANK", "-1")), HasSubstr("RANK is '-1'"));
    EXPECT_THAT(error_in(with(kTorchrun, "WORLD_SIZE", "two")), HasSubstr("WORLD_SIZE is 'two'"));
    EXPECT_THAT(error_in(with(kTorchrun, "MASTER_PORT", "99999")), HasSubstr("1 to 65535"));
    EXPECT_THAT(error_in(with(kTorchrun, "MASTER_PORT", "29500 ")), HasSubstr("MASTER_PORT"));
    EXPECT_THAT(error_in(without(kSlurm, "SLURM_NTASKS")), HasSubstr("SLURM_NTASKS"));
    EXPECT_THAT(error_in(without(kSlurm, "SLURM_JOB_NODELIST")), HasSubstr("set MASTER_ADDR"));
    EXPECT_THAT(error_in(with(kSlurm, "SLURM_JOB_NODELIST", "node[")), HasSubstr("set MASTER_ADDR"));
    EXPECT_THAT(error_in(without(kSlurm, "SLURM_JOB_ID")), HasSubstr("set MASTER_PORT"));
}

TEST(RankPlace, TakesTheFirstHostOfASlurmList) {
    EXPECT_EQ(first_slurm_host("gpu3"), "gpu3");
    EXPECT_EQ(first_slurm_host("gpu3,node[1-2]"), "gpu3");
    EXPECT_EQ(first_slurm_host("node[007-010,12]"), "node007");
    EXPECT_EQ(first_slurm_host("node[12]"), "node12");
    EXPECT_EQ(first_slurm_host("rack[1-2]node3,x"), "rack1node3");
    EXPECT_EQ(first_slurm_host("node-a.example"), "node-a.example");
    EXPECT_EQ(first_slurm_host(""), "");
    EXPECT_EQ(first_slurm_host("node["), "");
}

}  // namespace
}  // namespace f8net
