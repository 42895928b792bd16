//! Tests of names and ids of spaces: text that may be a name is never read as an id.

use std::fs;
use std::path::Path;

use crate::support::program::Sandbox;

/// Commands that take a space, which replaces the `@`.
const COMMANDS: [&str; 13] = [
    "spaces show @",
    "spaces delete @ --confirm crm_acme",
    "spaces delete @ --dry-run",
    "events list @",
    "events follow @ --limit 1 --after 0",
    "projections list @",
    "projections get @ contact:c1",
    "run @ add-contact contact_id=c9 name=N email=e",
    "run @ --batch batch.jsonl",
    "run @ --help",
    "rebuild @",
    "verify @",
    "export @",
];

#[test]
fn a_bare_number_is_always_a_name() {
    let sandbox = Sandbox::with_contacts();
    fs::write(sandbox.path("batch.jsonl"), "").unwrap();
    sandbox.run("spaces create 1 --app crm").done();
    let shown = sandbox.run("spaces show 1 --json").done().object();
    assert_eq!((&shown["space_id"], &shown["space_name"]), (&2.into(), &"1".into()));
    sandbox.run("spaces delete 1 --confirm 1").done();
    let before = sandbox.run("export crm_acme").done().out;
    for line in COMMANDS {
        for number in ["1", "01", "+1", "#01"] {
            let ran = sandbox.run(&line.replace('@', number));
            assert_eq!(
                (ran.code, ran.error().0),
                (1, format!("there is no space {number}").as_str()),
                "{line}"
            );
        }
        assert_eq!(
            sandbox.run(&line.replace('@', "1")).error().1,
            "did you mean '#1', the id of crm_acme? `ramax spaces list` shows the spaces"
        );
    }
    assert_eq!(sandbox.run("export #1").done().out, before);
}

#[test]
fn a_new_name_does_not_look_like_an_id_or_start_or_end_with_a_blank() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("export crm_acme --output a.jsonl").done();
    for (name, reason) in [
        ("#1", "a space's name must not start with #, which marks an id"),
        ("#9", "a space's name must not start with #, which marks an id"),
        ("#team", "a space's name must not start with #, which marks an id"),
        (" crm_b", "a space's name must not start or end with whitespace"),
        ("crm_b\u{a0}", "a space's name must not start or end with whitespace"),
        ("\n", "a space's name must not start or end with whitespace"),
        ("", "a space's name must have between 1 and 200 characters, not 0"),
    ] {
        for line in [["spaces", "create", name, "--app=crm"], ["import", "a.jsonl", "--into", name]] {
            let ran = sandbox.run_of(&line);
            assert_eq!((ran.code, ran.error().0), (2, reason), "{line:?}");
            assert!(ran.error().1.starts_with("a name has 1 to 200 characters, no whitespace"), "{ran:?}");
        }
    }
    assert_eq!(sandbox.run("spaces list --json").done().objects().len(), 1);
}

#[test]
fn spaces_keep_names_from_older_versions() {
    let sandbox = Sandbox::new();
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/format-2-names.db");
    fs::copy(old, sandbox.db()).unwrap();
    for (space, id) in
        [("1", 2), ("#3", 3), ("#9", 4), ("#abc", 5), (" crm_blank ", 6), ("crm_\u{1b}[3J\n", 7)]
    {
        let shown = sandbox.run_of(&["spaces", "show", space, "--json"]).done().object();
        assert_eq!(shown["space_id"], id, "{space}");
        sandbox.run_of(&["spaces", "show", &format!("#{id}")]).done();
    }
    // `#1` is the name of one space and the id of another, so neither is assumed.
    let ran = sandbox.run("events list #1");
    assert_eq!((ran.code, ran.error().0), (1, "#1 is the id of one space and the name of another"));
    assert_eq!(ran.error().1, "write '#3' for the space named #1, or crm_acme for the one with this id");
    sandbox.run("spaces delete #3 --confirm #1").done();
    assert_eq!(sandbox.run("spaces show #1 --json").done().object()["space_name"], "crm_acme");
    sandbox.run("check").done();
}

#[test]
fn a_mistyped_name_suggests_the_nearest_one() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create cms_blog").done();
    for line in COMMANDS {
        let ran = sandbox.run(&line.replace('@', "crm_acne"));
        let hint = ran.error().1;
        assert_eq!(hint, "did you mean crm_acme? `ramax spaces list` shows the spaces", "{line}");
    }
    assert_eq!(sandbox.run("spaces show orders").error().1, "`ramax spaces list` shows the spaces");
}
