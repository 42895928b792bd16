//! A check finds every kind of damage, names the operation that repairs it, and finds nothing where there is none.

mod support;

mod check {
    mod blocked;
    mod damage;
    mod desk;
    mod endless;
    mod flips;
    mod healthy;
    mod in_use;
    mod planted;
    mod remedies;
    mod table;
}
