#![no_main]

pupil_fuzz_targets::program!(pupil_fuzz_targets::state::monitor);
