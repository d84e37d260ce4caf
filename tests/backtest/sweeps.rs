//! Sweeps: the table is that of the single runs, in the order of the grid, whoever was first.

use super::desk::{args, cut, run};
use flightdeck::commands::backtest::{lines, plan};
use flightdeck::strategies::declared;

#[test]
fn a_sweep_says_what_single_runs_say_in_the_order_of_the_grid() {
    let path = cut().display().to_string();
    let base = ["--data", &path, "--instrument", "X", "--strategy", "sma_cross", "--param", "qty=1"];
    let all = [&base[..], &["--sweep", "fast=10..30:10", "--sweep", "slow=20,50"]].concat();
    let flags = args(&all);
    let table = lines(&flags, &plan(&flags, &declared()).unwrap()).unwrap();
    let shown: Vec<String> =
        table.iter().map(|line| format!("{}/{}", line.params["fast"], line.params["slow"])).collect();
    assert_eq!(shown, ["10/20", "10/50", "20/20", "20/50", "30/20", "30/50"]);
    for line in &table {
        let (fast, slow) = (format!("fast={}", line.params["fast"]), format!("slow={}", line.params["slow"]));
        match &line.outcome {
            Some(outcome) => {
                let single = run(&[&base[..], &["--param", &fast, "--param", &slow]].concat());
                assert_eq!((&outcome.event_hash, &outcome.pnl), (&single.event_hash, &single.pnl));
            }
            None => assert!(line.refused.as_ref().unwrap().contains("fast must be below slow")),
        }
    }
    assert_eq!(table.iter().filter(|line| line.outcome.is_none()).count(), 2);
}
