use std::io::Write as _;

use serde::Deserialize;

use super::*;
