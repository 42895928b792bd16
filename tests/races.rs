//! Every operation is stopped at every point of its transactions, another one runs to its end meanwhile, and then the
//! first goes on: nothing that was acknowledged is lost, nothing is half there, and what is refused says why.
//!
//! Both run in this process over connections of their own. The points are met in a shim below SQLite, so the program
//! itself knows nothing of them; the driver waits for "stopped" and never for time to pass.
//!
//! A normal run has all races at points where something was just committed, and every fourth at the others.
//! `RAMAX_RACES=:` has all, `RAMAX_RACES=rebuild` stops only the operations with that in their names, and
//! `RAMAX_RACES=rebuild:delete` races them only against those with the other one. `RAMAX_START=Older` begins only with
//! files of that kind.

mod races {
    #[path = "../crash/desk.rs"]
    #[allow(dead_code)]
    mod desk;
    #[path = "../crash/dump.rs"]
    #[allow(dead_code)]
    mod dump;
    mod gate;
    mod matrix;
    mod operations;
    mod promises;
    #[path = "../faults/shim.rs"]
    #[allow(dead_code)]
    mod shim;
    mod start;
}
