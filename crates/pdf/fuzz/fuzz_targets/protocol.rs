//! Any frame that a child gone wild may send, or a worker: it is a message or it isn't, and a message says the same when it
//! is sent on.
#![no_main]

use docmill_reader::protocol::{Hello, Reply, Request};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fn check<T: Serialize + DeserializeOwned>(frame: &[u8]) {
    let Ok(message) = postcard::from_bytes::<T>(frame) else { return };
    let sent = postcard::to_stdvec(&message).expect("what was received can be sent");
    let again: T = postcard::from_bytes(&sent).expect("what was sent can be received");
    assert_eq!(sent, postcard::to_stdvec(&again).expect("what was received can be sent"));
}

fuzz_target!(|frame: &[u8]| {
    check::<Hello>(frame);
    check::<Request>(frame);
    check::<Reply>(frame);
});
