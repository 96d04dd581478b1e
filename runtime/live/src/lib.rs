//! Trading as a pure machine: events in, commands out.
