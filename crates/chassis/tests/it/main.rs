//! The chassis against a real nats-server: what a unit test can't show.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod process;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod run;
#[cfg(test)]
mod stores;
