-- SPDX-License-Identifier: Apache-2.0
-- Run store, schema version 1 (design.md 5). Applied in one transaction, which also sets user_version.
-- Times are seconds since 1970 UTC, shares 0 to 1, booleans 0 or 1. `run` is runs.run everywhere.

CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('revision', 0);

CREATE TABLE runs (
    run INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,             -- 12 characters, sorts by time of creation
    revision INTEGER NOT NULL DEFAULT 0, -- store-wide count of changes, set by the triggers below
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'finished', 'stopped', 'failed', 'crashed')),
    stage TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    parent TEXT,                         -- id of the run it starts from; stays when that one is purged
    parent_checkpoint TEXT NOT NULL DEFAULT '',
    queue_position INTEGER NOT NULL DEFAULT 0,
    colour_index INTEGER NOT NULL DEFAULT 0,
    config TEXT NOT NULL DEFAULT '',     -- resolved, YAML
    config_path TEXT NOT NULL DEFAULT '',
    experiment TEXT NOT NULL DEFAULT '',
    command TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    dataset TEXT NOT NULL DEFAULT '',
    dataset_fingerprint TEXT NOT NULL DEFAULT '',
    numeric_mode TEXT NOT NULL DEFAULT '',
    device TEXT NOT NULL DEFAULT '',
    environment TEXT NOT NULL DEFAULT '', -- JSON
    folder TEXT NOT NULL DEFAULT '',     -- relative to the store's folder
    -- who trains it
    claim TEXT NOT NULL DEFAULT '',      -- token of the owner; another token there means the run was taken over
    pid INTEGER NOT NULL DEFAULT 0,
    boot_id TEXT NOT NULL DEFAULT '',
    host TEXT NOT NULL DEFAULT '',
    process_start INTEGER NOT NULL DEFAULT 0,
    heartbeat REAL NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    -- when
    created_at REAL NOT NULL,
    started_at REAL NOT NULL DEFAULT 0,
    ended_at REAL NOT NULL DEFAULT 0,
    updated_at REAL NOT NULL DEFAULT 0,
    trashed_at REAL NOT NULL DEFAULT 0,
    attempt_started_at REAL NOT NULL DEFAULT 0,
    ran_seconds REAL NOT NULL DEFAULT 0, -- over the attempts before this one
    -- how far
    step INTEGER NOT NULL DEFAULT 0,
    total_steps INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    total_epochs INTEGER NOT NULL DEFAULT 0,
    pace_step INTEGER NOT NULL DEFAULT 0, -- step and time from which the time left is estimated: start of the stage or attempt
    pace_time REAL NOT NULL DEFAULT 0,
    step_time REAL NOT NULL DEFAULT 0,    -- when `step` was done
    -- how good
    best_top1 REAL, best_epoch INTEGER NOT NULL DEFAULT 0, last_top1 REAL, last_loss REAL,
    float_top1 REAL, fixed_top1 REAL, integer_top1 REAL,
    exit_code INTEGER,
    message TEXT NOT NULL DEFAULT ''
);
CREATE INDEX runs_by_revision ON runs (revision);
CREATE INDEX runs_by_name ON runs (name);
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_by_state ON runs (state);

CREATE TRIGGER runs_revision_of_new AFTER INSERT ON runs BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'revision';
    UPDATE runs SET revision = (SELECT value FROM counters WHERE name = 'revision') WHERE run = NEW.run;
END;
CREATE TRIGGER runs_revision_of_changed AFTER UPDATE ON runs WHEN NEW.revision = OLD.revision BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'revision';
    UPDATE runs SET revision = (SELECT value FROM counters WHERE name = 'revision') WHERE run = NEW.run;
END;

CREATE TABLE run_tags (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (run, tag)
) WITHOUT ROWID;
CREATE INDEX run_tags_by_tag ON run_tags (tag);

CREATE TABLE config_keys (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE run_config (                -- the resolved configuration key by key
    key INTEGER NOT NULL REFERENCES config_keys,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    value TEXT NOT NULL,
    PRIMARY KEY (key, run)
) WITHOUT ROWID;
CREATE INDEX run_config_by_run ON run_config (run);

CREATE TABLE attempts (                  -- each start and resume of a run
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    resumed_from INTEGER,                -- steps after it were rewritten; NULL until the checkpoint is loaded
    started_at REAL NOT NULL,
    ended_at REAL NOT NULL DEFAULT 0,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    PRIMARY KEY (run, attempt)
) WITHOUT ROWID;

CREATE TABLE metric_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE metrics (                   -- the key makes a resumed run rewrite its rows, never double them
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    metric INTEGER NOT NULL REFERENCES metric_names,
    step INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    epoch_share REAL NOT NULL,
    wall_time REAL NOT NULL,
    value REAL,                          -- NULL: not a number
    PRIMARY KEY (run, metric, step)
) WITHOUT ROWID;
CREATE TABLE metric_summaries (          -- kept by the writer in the transaction of the rows
    metric INTEGER NOT NULL REFERENCES metric_names,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    points INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    last REAL, minimum REAL, maximum REAL,
    PRIMARY KEY (metric, run)
) WITHOUT ROWID;
CREATE INDEX metric_summaries_by_run ON metric_summaries (run);

CREATE TABLE layers (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    depth INTEGER NOT NULL,              -- position in execution order
    clip_owner TEXT NOT NULL,
    output_channels INTEGER NOT NULL, output_height INTEGER NOT NULL, output_width INTEGER NOT NULL,
    weight_shape TEXT NOT NULL,          -- "64,32,3,3"
    parameters INTEGER NOT NULL,
    macs INTEGER NOT NULL,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;

CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    stage TEXT NOT NULL,
    wall_time REAL NOT NULL,
    has_formats INTEGER NOT NULL,
    has_histograms INTEGER NOT NULL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;

CREATE TABLE layer_formats (             -- format and statistics of each layer at the end of an epoch
    run INTEGER NOT NULL, epoch INTEGER NOT NULL,
    layer TEXT NOT NULL,
    input_word_length INTEGER NOT NULL, input_fractional_length INTEGER NOT NULL, input_signed INTEGER NOT NULL,
    weight_word_length INTEGER NOT NULL, weight_fractional_length INTEGER NOT NULL, weight_signed INTEGER NOT NULL,
    input_running_fractional_length REAL,
    input_statistic REAL, weight_statistic REAL,
    input_unrounded REAL, weight_unrounded REAL,
    statistic TEXT NOT NULL,
    clip_level REAL, clip_scale REAL,
    input_clipped_share REAL, input_negative_share REAL, input_zero_share REAL,
    weight_clipped_share REAL, weight_zero_share REAL,
    input_sqnr_db REAL, weight_sqnr_db REAL,
    PRIMARY KEY (run, epoch, layer),
    FOREIGN KEY (run, epoch) REFERENCES epochs ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE histograms (
    run INTEGER NOT NULL, epoch INTEGER NOT NULL,
    layer TEXT NOT NULL, tensor TEXT NOT NULL,
    lower REAL NOT NULL, width REAL NOT NULL,
    counts BLOB NOT NULL,                -- int64, little endian
    below INTEGER NOT NULL, above INTEGER NOT NULL,
    minimum REAL, maximum REAL, mean REAL, standard_deviation REAL,
    PRIMARY KEY (run, epoch, layer, tensor),
    FOREIGN KEY (run, epoch) REFERENCES epochs ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE artifacts (                 -- checkpoints and every other file of a run
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    path TEXT NOT NULL,                  -- relative to the run's folder where it lies inside
    role TEXT NOT NULL,
    is_checkpoint INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    hash TEXT NOT NULL,
    epoch INTEGER NOT NULL, step INTEGER NOT NULL,
    stage TEXT NOT NULL,
    top1 REAL,
    created_at REAL NOT NULL,
    PRIMARY KEY (run, path, role)
) WITHOUT ROWID;

CREATE TABLE evaluations (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    checkpoint TEXT NOT NULL, split TEXT NOT NULL, mode TEXT NOT NULL,
    images INTEGER NOT NULL,
    top1 REAL NOT NULL, top5 REAL NOT NULL, loss REAL,
    integer_modes_agree INTEGER,
    images_per_second REAL,
    details TEXT NOT NULL DEFAULT '',    -- JSON
    created_at REAL NOT NULL,
    PRIMARY KEY (run, checkpoint, split, mode, images)
) WITHOUT ROWID;

CREATE TABLE events (                    -- what happened, over all attempts; only ever appended
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    time REAL NOT NULL,
    level TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
    step INTEGER NOT NULL, epoch INTEGER NOT NULL
);
CREATE INDEX events_by_run ON events (run, id);

CREATE TABLE requests (                  -- what somebody wants of a running run
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('stop', 'checkpoint', 'pause')),
    created_at REAL NOT NULL,
    created_by TEXT NOT NULL DEFAULT '',
    taken_at REAL NOT NULL DEFAULT 0     -- when the worker saw it
);
CREATE INDEX requests_open ON requests (run) WHERE taken_at = 0;

CREATE TABLE jobs (                      -- work beside training: exports, verification, analysis, the queue's runner
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER REFERENCES runs ON DELETE CASCADE,
    kind TEXT NOT NULL,
    arguments TEXT NOT NULL DEFAULT '',  -- JSON
    state TEXT NOT NULL,
    progress REAL NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '',
    result TEXT NOT NULL DEFAULT '',     -- JSON
    pid INTEGER NOT NULL DEFAULT 0, boot_id TEXT NOT NULL DEFAULT '', host TEXT NOT NULL DEFAULT '',
    process_start INTEGER NOT NULL DEFAULT 0, heartbeat REAL NOT NULL DEFAULT 0,
    created_at REAL NOT NULL, started_at REAL NOT NULL DEFAULT 0, ended_at REAL NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_run ON jobs (run);

CREATE TABLE leases (                    -- held by one process at a time: the queue's runner
    name TEXT PRIMARY KEY,
    pid INTEGER NOT NULL, boot_id TEXT NOT NULL, host TEXT NOT NULL, process_start INTEGER NOT NULL,
    heartbeat REAL NOT NULL
) WITHOUT ROWID;
