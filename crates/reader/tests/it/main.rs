//! Reading children as seen by the process that starts them.
#![cfg(test)]

#[cfg(test)]
mod impostors;
