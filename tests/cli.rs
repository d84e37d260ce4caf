//! The command line as a whole: what parses, which setting wins, where data lies, and what a script learns.

use clap::{CommandFactory as _, Parser as _};
use flightdeck::commands::settings::{Environment, SettingsError, data_dir, find};
use flightdeck::commands::{AskError, Cli, Command, Exit, PlaceArgs, UsageError, ask, dispatch};
use flightdeck::config::{FeedSource, Origin, Palette, Speed};
use flightdeck::serve::DoorRequest;
use flightdeck::strategies::declared;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

fn parse(line: &str) -> Cli {
    Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// A line of a help text as a shell would split it, up to a pipe, a redirection or the remark after it.
fn words(line: &str) -> Vec<String> {
    let command = line.trim().split("  ").next().unwrap_or_default();
    let command = command.split(['|', '>']).next().unwrap_or_default();
    let outside_and_inside = command.split('\'').enumerate();
    outside_and_inside
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_a_sentence_and_examples_that_parse() {
    let mut open = vec![Cli::command()];
    while let Some(command) = open.pop() {
        let name = command.get_name().to_owned();
        assert!(command.get_about().is_some(), "{name} says what it does");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> =
            after.lines().filter(|line| line.trim().starts_with("flightdeck")).collect();
        assert!(after.starts_with("Examples:") && !examples.is_empty(), "{name} has an example");
        for example in examples {
            parse(example);
        }
        open.extend(command.get_subcommands().cloned());
    }
}

#[test]
fn the_place_is_taken_before_and_after_the_command() {
    for line in [
        "flightdeck --data-dir /srv/desk kill",
        "flightdeck kill --data-dir /srv/desk",
        "flightdeck --data-dir /else kill --data-dir /srv/desk",
    ] {
        let Some(Command::Kill(args)) = parse(line).command else { panic!("{line}") };
        assert_eq!(args.place.data_dir.as_deref(), Some(Path::new("/srv/desk")), "{line}");
    }
    let journal = parse("flightdeck journal --data-dir /srv/desk");
    assert_eq!(journal.run.place.data_dir.as_deref(), Some(Path::new("/srv/desk")));
}

#[test]
fn without_a_command_it_flies_and_takes_the_flags_of_run() {
    let flags = "--feed synthetic:7 --speed 10 --headless --no-loop --set run.seed=9 --ascii --palette mono";
    let bare = parse(&format!("flightdeck {flags}"));
    assert!(bare.command.is_none());
    let Some(Command::Run(named)) = parse(&format!("flightdeck run {flags}")).command else { panic!("run") };
    assert_eq!(bare.run, named);
    let found =
        find(&PlaceArgs::default(), &named.overrides(), &declared(), &Environment::default()).unwrap();
    let settings = found.loaded.settings;
    assert_eq!(settings.feed.source, FeedSource::Synthetic { seed: Some(7) });
    assert_eq!((settings.feed.speed, settings.feed.repeat), (Speed::Permille(10_000), false));
    assert_eq!((settings.run.seed, settings.screen.ascii), (9, true));
    assert_eq!(settings.screen.palette, Palette::Mono);
    assert_eq!(found.loaded.origins.get("feed.speed"), Some(&Origin::Flag("--speed".into())));
}

#[test]
fn the_later_of_loop_and_no_loop_wins() {
    let repeats = |flags: &str| {
        let overrides = parse(&format!("flightdeck {flags}")).run.overrides();
        find(&PlaceArgs::default(), &overrides, &declared(), &Environment::default())
            .unwrap()
            .loaded
            .settings
            .feed
            .repeat
    };
    assert!(repeats("") && repeats("--no-loop --loop"));
    assert!(!repeats("--loop --no-loop"));
}

#[test]
fn flags_of_run_before_another_command_are_a_wrong_usage_and_do_nothing() {
    let error = dispatch(parse("flightdeck --speed 3 completions bash"), &declared()).unwrap_err();
    assert!(error.is::<UsageError>());
    assert_eq!(Exit::of_error(&error).code(), 2);
}

#[test]
fn every_order_command_takes_json_and_reaches_for_the_engine() {
    let dir = tempfile::tempdir().unwrap();
    let root = Cli::command();
    let order = root.find_subcommand("order").unwrap();
    for command in order.get_subcommands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let example = help.lines().find(|line| line.trim().starts_with("flightdeck order")).unwrap();
        let example = example.trim().split("  ").next().unwrap();
        for line in
            [format!("{} --json", example.trim()), example.trim().replacen("order", "order --json", 1)]
        {
            if line.contains(".csv") {
                continue;
            }
            let mut cli = parse(&line);
            assert!(cli.run.is_plain(), "{line}: the flag is the order's and not `run`'s");
            let Some(Command::Order(args)) = &mut cli.command else { panic!("{line}") };
            assert!(args.sender.json, "{line}");
            args.place.data_dir = Some(dir.path().to_owned());
            let error = dispatch(cli, &declared()).unwrap_err();
            assert!(error.downcast_ref::<AskError>().is_some(), "{line}: {error:#}");
        }
    }
}

#[test]
fn the_file_is_looked_for_where_the_platform_keeps_it_and_need_not_be_there() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().to_str().unwrap();
    let environment = environment(&[("HOME", path)]);
    let load = |place: &PlaceArgs| find(place, &[], &declared(), &environment);
    assert_eq!(load(&PlaceArgs::default()).unwrap().file, None);

    let file = environment.config_file().unwrap();
    assert_eq!(file, home.path().join(".config/flightdeck/flightdeck.toml"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "[run]\nseed = 5\n").unwrap();
    let found = load(&PlaceArgs::default()).unwrap();
    assert_eq!((found.loaded.settings.run.seed, found.file), (5, Some(file)));

    let other = home.path().join("other.toml");
    let given = PlaceArgs { config: Some(other.clone()), ..PlaceArgs::default() };
    let missing = load(&given).unwrap_err();
    assert!(missing.to_string().contains("--config"), "a file that was named must be there: {missing}");
    fs::write(&other, "[run]\nseed = \"x\"\n[risc]\n").unwrap();
    let faults = load(&given).unwrap_err();
    let text = faults.to_string();
    assert!(matches!(faults, SettingsError::Faults(_)));
    assert!(text.contains("other.toml:2:8: run.seed") && text.contains("other.toml:3:"), "{text}");
    assert_eq!(Exit::of_error(&anyhow::Error::new(faults).context("while starting")).code(), 2);
}

#[test]
fn a_home_that_is_no_absolute_path_is_no_home() {
    let odd = environment(&[("XDG_CONFIG_HOME", "relative"), ("XDG_DATA_HOME", ""), ("HOME", "/home/ada")]);
    assert_eq!(odd.config_file(), Some(PathBuf::from("/home/ada/.config/flightdeck/flightdeck.toml")));
    assert_eq!(odd.data_dir(), Some(PathBuf::from("/home/ada/.local/share/flightdeck")));
    assert_eq!(environment(&[("HOME", "~")]).data_dir(), None);
}

#[test]
fn data_lies_where_the_flag_says_then_the_settings_then_the_platform() {
    let named = PlaceArgs { data_dir: Some(PathBuf::from("/flag")), ..PlaceArgs::default() };
    let plain = PlaceArgs::default();
    let set = environment(&[("FLIGHTDECK_RUN__DATA_DIR", "/set"), ("XDG_DATA_HOME", "/xdg"), ("HOME", "/h")]);
    let unset = environment(&[("XDG_DATA_HOME", "/xdg"), ("HOME", "/h")]);
    let of = |place: &PlaceArgs, environment: &Environment| {
        let found = find(place, &[], &declared(), environment).unwrap();
        data_dir(place, &found.loaded.settings, environment)
    };
    assert_eq!(of(&named, &set).unwrap(), Path::new("/flag"));
    assert_eq!(of(&plain, &set).unwrap(), Path::new("/set"));
    assert_eq!(of(&plain, &unset).unwrap(), Path::new("/xdg/flightdeck"));
    let nowhere = of(&plain, &Environment::default()).unwrap_err();
    assert!(nowhere.to_string().contains("--data-dir"), "{nowhere}");
}

#[test]
fn a_kill_with_nobody_to_ask_fails_and_names_the_other_way() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().to_str().unwrap();
    assert!(matches!(ask(dir.path(), &DoorRequest::Status {}), Err(AskError::NothingRuns { .. })));
    let error = dispatch(parse(&format!("flightdeck kill --data-dir {place}")), &declared()).unwrap_err();
    let text = format!("{error:#}");
    assert!(text.contains(&format!("touch {place}/KILL")) && text.contains("nothing is running"), "{text}");
    assert_eq!(Exit::of_error(&error).code(), 1);
}

#[test]
fn a_configuration_that_is_there_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("new/desk.toml");
    let init = |more: &str| {
        dispatch(parse(&format!("flightdeck config init --config {}{more}", file.display())), &declared())
    };
    assert_eq!(init("").unwrap(), Exit::Done);
    assert_eq!(fs::read_to_string(&file).unwrap(), flightdeck::config::DEFAULT_FILE);
    fs::write(&file, "mine").unwrap();
    assert_eq!(Exit::of_error(&init("").unwrap_err()).code(), 2);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(init(" --force").unwrap(), Exit::Done);
    let check = parse(&format!("flightdeck config check --config {}", file.display()));
    assert_eq!(dispatch(check, &declared()).unwrap(), Exit::Done);
}

#[test]
fn what_is_missing_is_asked_for_with_every_way_to_say_it() {
    let dir = tempfile::tempdir().unwrap();
    for (line, ways) in [
        ("flightdeck order close", ["--scope", "--all"]),
        ("flightdeck order basket", ["FILE", "--leg"]),
        ("flightdeck order modify A-1", ["--price", "--trigger"]),
    ] {
        let line = format!("{line} --data-dir {}", dir.path().display());
        let error = dispatch(parse(&line), &declared()).unwrap_err();
        assert_eq!(Exit::of_error(&error), Exit::Usage, "{line}");
        assert!(ways.iter().all(|way| error.to_string().contains(way)), "{error}");
    }
    parse("flightdeck limit set max_gross -1");
    parse("flightdeck status --all");
}

#[test]
fn a_profile_is_written_where_config_says_and_stands_nowhere_else_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("o.toml").display().to_string();
    let line = format!("flightdeck config init --profile options --config {file}");
    assert_eq!(dispatch(parse(&line), &declared()).unwrap(), Exit::Done);
    assert!(fs::read_to_string(&file).unwrap().contains("FDX"));
    let both = format!("flightdeck config check --profile options --config {file}");
    let error = dispatch(parse(&both), &declared()).unwrap_err();
    assert_eq!(Exit::of_error(&error), Exit::Usage);
}
