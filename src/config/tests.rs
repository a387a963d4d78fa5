use super::*;

fn keys() -> Keys {
    let key = |flag: &str, shape| Key {
        flag: flag.to_owned(),
        shape,
        is_path: flag == "join",
        words: Vec::new(),
        about: String::new(),
    };
    let input = vec![
        key("map", Shape::Table(Scalar::Text)),
        key("where", Shape::Table(Scalar::Any)),
        key("not", Shape::Many(Scalar::Text)),
        key("join", Shape::One(Scalar::Text)),
        key("max-line", Shape::One(Scalar::NumberOrText)),
    ];
    Keys {
        preset: input[..2].to_vec(),
        input,
        metrics: vec![
            key("bins", Shape::One(Scalar::Number)),
            key("fast", Shape::Switch),
        ],
        presets: vec!["hle"],
    }
}

fn parse(text: &str) -> Result<Config, Error> {
    Config::parse("ci/calib.toml", text, &keys())
}

fn arguments(settings: &[Setting]) -> Vec<String> {
    settings.iter().map(Setting::argument).collect()
}

#[test]
fn keys_become_flags() {
    let config = parse(
        "version = 1\n[input]\nmap = { confidence = 'a.b', correct = 'ok:yes=1' }\nwhere = { step = 0x10, done = true }\nnot = ['correct']\njoin = 'labels.csv on id'\nmax_line = 1_000\n[input.hle]\nmap = ['grade=']\n[metrics]\nbins = 1_0\nfast = true\n",
    )
    .unwrap();
    assert_eq!(
        arguments(&config.input),
        [
            "--map=confidence=a.b",
            "--map=correct=ok:yes=1",
            "--where=done=true",
            "--where=step=16",
            "--not=correct",
            "--join=ci/labels.csv on id",
            "--max-line=1000",
        ]
    );
    assert_eq!(arguments(&config.presets["hle"]), ["--map=grade="]);
    assert_eq!(arguments(&config.metrics), ["--bins=10", "--fast"]);
    assert_eq!(config.gate, None);
    let place = &config.metrics[0].place;
    assert_eq!((place.line, place.column), (Some(11), Some(8)));
}

#[test]
fn a_gate_is_read_with_the_places_of_its_rules() {
    let gate = parse(
        "version = 1\n[gate]\nbaseline = 'main.calib'\nalpha = 0.05\ncorrection = 'bh'\non_inconclusive = 'fail'\nmin_rows = 30\n\n[[gate.rule]]\nmetric = 'brier'\nmax_increase = 0.01\n\n[[gate.rule]]\nmax = 0.1\nmetric = 'safety.over_abstain'\nprove = true\nlevel = 'warn'\nmin_rows = 5\nby = ['task']\ngroup = { task = 'x' }\n",
    )
    .unwrap()
    .gate
    .unwrap();
    assert_eq!(gate.baseline.as_deref(), Some("ci/main.calib"));
    assert_eq!((gate.alpha, gate.min_rows), (Some(0.05), Some(30)));
    assert_eq!(gate.correction, Some(Correction::BenjaminiHochberg));
    assert_eq!(gate.on_inconclusive, Some(OnInconclusive::Fail));
    assert_eq!(gate.place.line, Some(2));
    let [brier, over] = gate.rules.as_slice() else {
        panic!("two rules: {:?}", gate.rules);
    };
    assert_eq!(brier.to_string(), "brier.max_increase=0.01");
    assert_eq!(
        (brier.prove, brier.severity, brier.min_rows, &brier.by),
        (false, Severity::Error, None, &None)
    );
    let line = |rule: &Rule| rule.place.as_ref().and_then(|place| place.line);
    assert_eq!((line(brier), line(over)), (Some(9), Some(13)));
    assert_eq!(over.to_string(), "safety.over_abstain.max=0.1");
    assert_eq!(
        (over.prove, over.severity, over.min_rows),
        (true, Severity::Warn, Some(5))
    );
    assert_eq!(over.by.as_deref(), Some(&["task".to_owned()][..]));
    assert_eq!(over.group["task"], "x");
    assert_eq!(
        over.named.as_ref().map(|(_, line)| line.as_str()),
        Some("metric = 'safety.over_abstain'")
    );
}

#[test]
fn an_empty_gate_says_nothing() {
    let gate = parse("version = 1\n[gate]\n").unwrap().gate.unwrap();
    assert_eq!(
        (
            gate.baseline,
            gate.alpha,
            gate.correction,
            gate.on_inconclusive
        ),
        (None, None, None, None)
    );
    assert!(gate.rules.is_empty());
}
