//! `docmill` as a program, against a real nats-server: what it prints, where it prints it, and its exit codes.

mod commands;
mod docmill;
mod run;
mod usage;
