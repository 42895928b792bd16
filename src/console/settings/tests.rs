use jiff::tz::TimeZone;

use super::*;
use crate::console::app::action::Action;

fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

fn bound(keys: &[(Action, &[&str])]) -> Settings {
    settings(|settings| {
        for (action, keys) in keys {
            settings.keys.bind(*action, keys.iter().map(|key| key.parse().unwrap()).collect());
        }
    })
}

#[test]
fn valid_settings_are_read() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let columns = vec![EventColumn::Entity, EventColumn::Payload];
    let cases = [
        ("", Settings::default()),
        ("# nothing", Settings::default()),
        ("\u{feff}mouse = false", settings(|settings| settings.mouse = false)),
        ("theme = \"light\"", settings(|settings| settings.theme = Some(ThemeName::Light))),
        ("theme = \"auto\"", Settings::default()),
        ("glyphs = 'ascii'\r\n", settings(|settings| settings.glyphs = GlyphSet::Ascii)),
        ("notifications = \"bell\"", settings(|settings| settings.notifications = Notifications::Bell)),
        ("time-zone = \"UTC\"", Settings::default()),
        ("time-zone = \"Europe/Berlin\"", settings(|settings| settings.time_zone = berlin)),
        (
            "columns.events = [\"entity\", \"payload\"]",
            settings(|settings| settings.columns.events = columns),
        ),
        ("[columns]\nevents = []", settings(|settings| settings.columns.events.clear())),
        ("keys.rebuild = \"ctrl-r\"", bound(&[(Action::Rebuild, &["ctrl-r"])])),
        (
            "[keys]\ndown = [\"Z\", \"down\"]\nnew-command = \"F7\"",
            bound(&[(Action::Down, &["Z", "down"]), (Action::NewCommand, &["F7"])]),
        ),
        ("[keys]\ndown = \"k\"\nup = \"j\"", bound(&[(Action::Down, &["k"]), (Action::Up, &["j"])])),
        (
            "[keys]\ncopy = ['\"', \"\\\\\", \"ü\", \"alt-space\"]",
            bound(&[(Action::Copy, &["\"", "\\", "ü", "alt-space"])]),
        ),
        ("[keys]\nrebuild = [\"R\", \"R\"]", Settings::default()),
    ];
    for (text, expected) in cases {
        assert_eq!(Settings::parse(text), Ok(expected), "{text}");
    }
}

#[test]
fn a_problem_names_its_line_and_the_valid_values() {
    let columns = "choose time, space, type, entity or payload";
    let cases = [
        ("theme = \"drak\"", 1, "unknown theme \"drak\": choose auto, dark, light, sixteen or mono (did you mean dark?)".to_owned()),
        ("\n\ntheme = 3", 3, "a theme is one of the texts auto, dark, light, sixteen, mono, not a number".to_owned()),
        ("glyphs = \"emoji\"", 1, "unknown set of glyphs \"emoji\": choose auto, unicode or ascii".to_owned()),
        ("notifications = true", 1, "a way of notifying is one of the texts terminal, bell, off, not true or false".to_owned()),
        ("mouse = \"on\"", 1, "mouse is true or false, not a text".to_owned()),
        ("time-zone = \"Europe/Berln\"", 1, "unknown time zone \"Europe/Berln\": use UTC, local, or the name of a zone such as Europe/Berlin (did you mean Europe/Berlin?)".to_owned()),
        ("time-zone = 2", 1, "a time zone is a text, not a number: use UTC, local, or the name of a zone such as Europe/Berlin".to_owned()),
        ("colour = 1", 1, "unknown setting \"colour\": choose theme, glyphs, mouse, time-zone, notifications, columns or keys".to_owned()),
        ("columns = 1", 1, "columns is a table, not a number".to_owned()),
        ("[columns]\nspaces = []", 2, "unknown list \"spaces\": it can be events".to_owned()),
        ("columns.events = \"type\"", 1, "the columns are a list of names, not a text".to_owned()),
        ("[columns]\nevents = [\n  \"type\",\n  \"tpye\"]", 4, format!("unknown column \"tpye\": {columns} (did you mean type?)")),
        ("columns.events = [\"type\", \"type\"]", 1, "the column type is listed twice".to_owned()),
        ("keys = []", 1, "keys is a table, not a list".to_owned()),
        ("[keys]\nrebild = \"x\"", 2, "unknown action \"rebild\" (did you mean rebuild?); `ramax config print` lists all".to_owned()),
        ("[keys]\nrebuild = []", 2, "rebuild needs at least one key".to_owned()),
        ("[keys]\nrebuild = 5", 2, "a key is a text such as \"ctrl-r\", not a number".to_owned()),
        ("[keys]\nrebuild = \"shift-r\"", 2, "unknown key \"shift-r\": write R for a letter with shift".to_owned()),
        ("[keys]\nrebuild = \"ctrl-m\"", 2, "most terminals send enter for ctrl-m: use enter, or another key".to_owned()),
        ("[keys]\nrebuild = \"ctrl-R\"", 2, "most terminals send ctrl-r for ctrl-R: use ctrl-r, or another key".to_owned()),
        ("[keys]\nrebuild = \"ctrl-c\"", 2, "ctrl-c always quits, so it cannot be bound to rebuild".to_owned()),
        ("[keys]\n\nverify = \"R\"", 3, "the key R is bound to rebuild (by default) and to verify (line 3) in the same place (spaces); give one of them another key".to_owned()),
        ("[keys]\nverify = \"Z\"\nrebuild = [\"F7\", \"Z\"]", 3, "the key Z is bound to rebuild (line 3) and to verify (line 2) in the same place (spaces); give one of them another key".to_owned()),
        ("[keys]\nskip-errors = \"q\"", 2, "the key q is bound to skip-errors (line 2) and to back (as a key of quit, by default) in the same place (question); give one of them another key".to_owned()),
        ("theme = \"dark\"\ntheme = \"light\"", 2, "this is not valid TOML: duplicate key".to_owned()),
        ("mouse = false\n[keys", 2, "this is not valid TOML: unclosed table, expected `]`".to_owned()),
    ];
    for (text, line, message) in cases {
        assert_eq!(Settings::parse(text), Err(vec![Problem { line, message }]), "{text}");
    }
}

#[test]
fn an_unknown_key_is_answered_with_the_names_of_keys() {
    for (name, meant) in
        [("retun", ""), ("entr", " (did you mean enter?)"), ("ctrl-", ""), ("", ""), ("Fx", "")]
    {
        let problems = Settings::parse(&format!("keys.copy = \"{name}\"")).unwrap_err();
        let message = &problems[0].message;
        let names = "use a character, enter, esc, tab, shift-tab, backspace, del, up, down, left, right, shift-left, shift-right, \
                     home, end, pgup, pgdn, ins, begin, space or F1 to F35, after ctrl- or alt- if needed";
        assert_eq!(*message, format!("unknown key \"{name}\": {names}{meant}"));
    }
}

#[test]
fn all_problems_are_listed_in_the_order_of_their_lines() {
    let text = "theme = 1\n[keys]\nrebild = \"x\"\ncopy = \"hyper-x\"\n[columns]\nevents = 1\n";
    let problems = Settings::parse(text).unwrap_err();
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [1, 3, 4, 6]);
    let error = SettingsError { file: "a.toml".into(), reason: Unusable::Wrong(problems) };
    assert!(error.to_string().starts_with("a.toml, line 1: a theme is"), "{error}");
    assert!(error.to_string().ends_with(" (and 3 more problems)"), "{error}");
}

#[test]
fn every_action_can_be_bound_by_its_name() {
    for action in crate::console::app::table::table().map(|spec| spec.action) {
        assert_eq!(Action::named(action.name()), Some(action));
        let text = format!("[keys]\n{} = \"F30\"", action.name());
        let settings = Settings::parse(&text).unwrap();
        assert_eq!(settings.keys.key_of(action), "F30", "{text}");
    }
}

#[test]
fn the_printed_defaults_are_read_as_the_defaults() {
    let read = Settings::parse(&Settings::printed_defaults()).unwrap();
    for action in crate::console::app::table::table().map(|spec| spec.action) {
        assert_eq!(read.keys.key_of(action), Settings::default().keys.key_of(action), "{}", action.name());
    }
    assert_eq!(Settings { keys: Settings::default().keys, ..read }, Settings::default());
}
