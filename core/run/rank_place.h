// SPDX-License-Identifier: Apache-2.0
/// Where this process stands among the processes (ranks) that train one run together, as its launcher says in the
/// environment: torchrun's variables, else Slurm's.
/// torchrun RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT; LOCAL_RANK, LOCAL_WORLD_SIZE; f8net launch sets the same ones.
/// Slurm    SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID; MASTER_ADDR, else the first host of SLURM_STEP_NODELIST or
///          SLURM_JOB_NODELIST; MASTER_PORT, else 20000 + SLURM_JOB_ID mod 12000, the same for all tasks of a job.
/// Errors   ConfigError naming the variable, its value and what is allowed.   Threads  pure.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace f8net {

struct RankPlace {
    int rank = 0;
    int world = 1;        ///< ranks in all
    int local_rank = 0;   ///< among those of this host: which of its devices
    int local_world = 0;  ///< ranks of this host; 0: not said
    std::string master_address;
    int master_port = 0;
    /// torchrun's agent keeps the store at MASTER_ADDR:MASTER_PORT, and rank 0 must not open one; keys begin so.
    std::optional<std::string> agent_store_prefix;
    double timeout_seconds = 300;  ///< of waiting for the others (training.rank_timeout_s)

    bool is_alone() const { return world == 1; }
    bool is_first() const { return rank == 0; }
};

/// Value of an environment variable; nothing where it is not set or empty.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> environment_variable(const std::string& name);

/// Alone where no launcher speaks. `local_rank`: what --local-rank says, which goes before the variables.
RankPlace rank_place(const EnvironmentLookup& environment, std::optional<int> local_rank = {});

/// First host of a Slurm list: "node[01-04,07],gpu3" is node01. Empty where there is none.
std::string first_slurm_host(const std::string& list);

}  // namespace f8net
