//! What the mock answers, as tables of lines, schema and record; and how it behaves over a real socket.

mod ai_core;
mod answers;
mod http;
