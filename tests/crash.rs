//! The promises, kept by the real program: killed with SIGKILL at random moments and at every boundary between two
//! batches or commits, and crowded by others.
//!
//! `RAMAX_KILLS=5000` asks for more kills than the few of a normal run, `RAMAX_SEED=7` for the choices of an
//! earlier one; a failure names its seed. The moment of a kill is random even so: it depends on the machine.

mod crash {
    mod backup;
    mod batch;
    mod boundaries;
    mod campaign;
    mod delete;
    mod desk;
    mod dump;
    mod generate;
    mod hammer;
    mod import;
    mod migrate;
    mod readers;
    mod rebuild;
    #[path = "../faults/shim.rs"]
    #[allow(dead_code)]
    mod shim;
    mod talk;
    mod whole;
}
