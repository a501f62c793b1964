//! What numpy, scipy and pandas say: `tests/data/oracle.json`, made by `scripts/oracles/statistics.py`.

use docmill_statistics::benford::{DigitCounts, Digits, Signs};
use docmill_statistics::bootstrap::{Bootstrap, Interval, Statistic, bootstrap};
use docmill_statistics::concentration::{Class, ClassBounds, concentration};
use docmill_statistics::correlation::{PairSums, kendall, spearman};
use docmill_statistics::cutoff::{DayCounts, Period};
use docmill_statistics::groups::Groups;
use docmill_statistics::moments::Moments;
use docmill_statistics::outliers::{Method, NoLimits, limits, outliers};
use docmill_statistics::quantiles::{Probability, QuantileType, quantiles};
use docmill_statistics::robust::{
    interquartile_range, median_absolute_deviation, trimmed_mean, winsorised_mean,
};
use docmill_statistics::series::Months;
use docmill_statistics::{ExactSum, Fraction, chunked};
use serde_json::Value;

use crate::keyed;

fn oracle() -> Value {
    serde_json::from_str(include_str!("../data/oracle.json")).unwrap()
}

fn list<T: TryFrom<i64, Error: std::fmt::Debug>>(value: &Value) -> Vec<T> {
    value.as_array().unwrap().iter().map(|number| T::try_from(number.as_i64().unwrap()).unwrap()).collect()
}

fn floats(value: &Value) -> Vec<Option<f64>> {
    value.as_array().unwrap().iter().map(Value::as_f64).collect()
}

/// Within what doubles lose on the oracle's side.
fn close(what: &str, found: Option<f64>, expected: Option<f64>) {
    match (found, expected) {
        (None, None) => {}
        (Some(found), Some(expected)) => {
            let tolerance = 1e-12 * expected.abs().max(1e-3);
            assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected}");
        }
        (found, expected) => panic!("{what}: {found:?}, expected {expected:?}"),
    }
}

fn same(what: &str, found: Option<Fraction>, expected: &Value) {
    close(what, found.map(|fraction| fraction.to_f64(0)), expected.as_f64());
}

#[test]
fn columns_are_described_as_by_scipy() {
    let oracle = oracle();
    let percents: Vec<u32> = list(&oracle["percents"]);
    let probabilities: Vec<_> = percents.iter().map(|&percent| Probability::percent(percent)).collect();
    for (name, column) in oracle["columns"].as_object().unwrap() {
        let values: Vec<i64> = list(&column["values"]);
        let again = || values.clone();
        let moments = Moments::of(&chunked(&values));
        let check =
            |key: &str, found: Option<f64>| close(&format!("{name} {key}"), found, column[key].as_f64());
        check("mean", moments.sums.mean(0));
        check("sd", moments.sums.standard_deviation(0));
        check("skewness", moments.skewness());
        check("sample_skewness", moments.sample_skewness());
        check("kurtosis", moments.kurtosis());
        check("sample_kurtosis", moments.sample_kurtosis());
        let tenth = Probability::percent(10);
        check("trimmed_mean", trimmed_mean(&mut again(), tenth, 0));
        check("winsorised_mean", winsorised_mean(&mut again(), tenth, 0));
        let deviation = median_absolute_deviation(&mut again(), &mut Vec::new());
        same(&format!("{name} mad"), deviation, &column["mad"]);
        let range = interquartile_range(&mut again(), QuantileType::Seven);
        same(&format!("{name} iqr"), range, &column["iqr"]);
        for (kind, key) in
            [(QuantileType::Six, "Six"), (QuantileType::Seven, "Seven"), (QuantileType::Eight, "Eight")]
        {
            let found = quantiles(&mut again(), &probabilities, kind).unwrap();
            for ((found, expected), percent) in
                found.into_iter().zip(column["quantiles"][key].as_array().unwrap()).zip(&percents)
            {
                same(&format!("{name} type {key} at {percent} %"), Some(found), expected);
            }
        }
        let tukey = Method::Tukey { factor: 1.5, quantile_type: QuantileType::Seven };
        for (method, key) in [(Method::ModifiedZ { threshold: 3.5 }, "modified_z"), (tukey, "tukey")] {
            let keys = vec![0; values.len()];
            let chunks = keyed(&values, &keys);
            let limits = limits(&Groups::partition(&chunks, 1), method, 1);
            let found = outliers(&chunks, &limits);
            if column[key].is_null() {
                assert_eq!(limits, [Err(NoLimits::NoSpread)], "{name} {key}");
                continue;
            }
            let rows: Vec<usize> = found.outliers.iter().map(|outlier| outlier.row).collect();
            assert_eq!(rows, list::<usize>(&column[key]), "{name} {key} {limits:?}");
        }
    }
}

#[test]
fn groups_are_described_as_by_pandas() {
    let oracle = oracle();
    let expected = &oracle["groups"];
    let (keys, amounts) = (list::<u32>(&expected["keys"]), list::<i64>(&expected["amounts"]));
    let chunks = keyed(&amounts, &keys);
    let described = Groups::partition(&chunks, 12).describe(QuantileType::Seven);
    assert_eq!(described.len(), 12);
    for (key, group) in described.iter().enumerate() {
        let at = |name: &str| expected[name][key].as_f64();
        let order = group.order.unwrap();
        let (least, greatest) = group.sums.extent.unwrap();
        close("count", Some(group.sums.counts.used as f64), at("count"));
        close("sum", group.sums.sum.narrow().map(|sum| sum as f64), at("sum"));
        close("mean", group.sums.mean(0), at("mean"));
        close("sd", group.sums.standard_deviation(0), at("sd"));
        close("min", Some(least as f64), at("min"));
        close("max", Some(greatest as f64), at("max"));
        close("q1", Some(order.first_quartile.to_f64(0)), at("q1"));
        close("median", Some(order.median.to_f64(0)), at("median"));
        close("q3", Some(order.third_quartile.to_f64(0)), at("q3"));
        close("mad", Some(order.median_absolute_deviation.to_f64(0)), at("mad"));
    }
}

#[test]
fn correlations_are_those_of_scipy() {
    for (name, pair) in oracle()["pairs"].as_object().unwrap() {
        let (left, right) = (list::<i64>(&pair["left"]), list::<i64>(&pair["right"]));
        let chunks: Vec<_> = chunked(&left).into_iter().zip(chunked(&right)).collect();
        close(name, PairSums::of(&chunks).pearson(), pair["pearson"].as_f64());
        close(name, spearman(&left, &right), pair["spearman"].as_f64());
        close(name, kendall(&left, &right), pair["kendall"].as_f64());
    }
}

#[test]
fn digits_are_tested_as_by_scipy() {
    let oracle = oracle();
    let values: Vec<i64> = list(&oracle["benford"]["values"]);
    let counts = DigitCounts::of(&chunked(&values), Signs::Both);
    for (digits, key) in
        [(Digits::First, "First"), (Digits::Second, "Second"), (Digits::FirstTwo, "FirstTwo")]
    {
        let expected = &oracle["benford"][key];
        assert_eq!(counts.by(digits), list::<u64>(&expected["counts"]), "{key}");
        let test = counts.test(digits).unwrap();
        for (row, expected) in test.rows.iter().zip(floats(&expected["z"])) {
            close(&format!("{key} z of {}", row.digit), Some(row.z), expected);
        }
        close(key, Some(test.chi_squared), expected["chi_squared"].as_f64());
        close(key, Some(test.mean_absolute_deviation), expected["mad"].as_f64());
        // A tail probability has fewer digits on either side.
        let (found, probability) = (test.probability, expected["probability"].as_f64().unwrap());
        assert!((found / probability - 1.0).abs() < 1e-9, "{key}: {found}, expected {probability}");
    }
}

#[test]
fn totals_are_concentrated_as_by_numpy() {
    let oracle = oracle();
    let expected = &oracle["concentration"];
    let sums: Vec<(u32, i128)> = (0..).zip(list::<i128>(&expected["sums"])).collect();
    let found = concentration(&sums, ClassBounds::default()).unwrap();
    close("hhi", Some(found.herfindahl_hirschman), expected["hhi"].as_f64());
    close("gini", Some(found.gini), expected["gini"].as_f64());
    close("top 5", Some(found.top_share(5)), expected["top_5"].as_f64());
    let of = |class| found.ranked.iter().filter(|share| share.class == class).count();
    assert_eq!(of(Class::A) as u64, expected["class_a"].as_u64().unwrap());
    assert_eq!(of(Class::B) as u64, expected["class_b"].as_u64().unwrap());
}

#[test]
fn months_are_those_of_pandas() {
    let oracle = oracle();
    let expected = &oracle["months"];
    let (days, amounts) = (list::<i32>(&expected["days"]), list::<i64>(&expected["amounts"]));
    let chunks: Vec<_> = chunked(&amounts).into_iter().map(|chunk| (chunk, days.as_slice())).collect();
    let rows = Months::of(&chunks).rows();
    let months: Vec<i32> = rows.iter().map(|row| row.month.0).collect();
    assert_eq!(months, list::<i32>(&expected["months"]));
    let sums: Vec<ExactSum> = list::<i128>(&expected["sums"]).into_iter().map(ExactSum::from).collect();
    assert_eq!(rows.iter().map(|row| row.sum.clone()).collect::<Vec<_>>(), sums);
    assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), list::<u64>(&expected["counts"]));
    for ((row, mom), yoy) in rows.iter().zip(floats(&expected["mom"])).zip(floats(&expected["yoy"])) {
        close("mom", row.month_on_month.as_ref().and_then(|change| change.ratio), mom);
        close("yoy", row.year_on_year.as_ref().and_then(|change| change.ratio), yoy);
    }
    let counts = DayCounts::of(&days, Period::Month, 3);
    close("weekend", counts.weekend_share(), expected["weekend"].as_f64());
    close("last three days", counts.near_end_share(), expected["last_three"].as_f64());
}

#[test]
fn intervals_are_those_of_scipy_but_for_chance() {
    let oracle = oracle();
    let values: Vec<i64> = list(&oracle["bootstrap"]["values"]);
    let how = Bootstrap { replicates: 50_000, confidence_permille: 950, seed: 1, analysis: "a" };
    let check = |key: &str, found: Interval| {
        let expected = floats(&oracle["bootstrap"][key]);
        let found = [found.low.to_f64(0), found.high.to_f64(0)];
        for (found, expected) in found.into_iter().zip(expected) {
            let expected = expected.unwrap();
            assert!((found / expected - 1.0).abs() < 0.01, "{key}: {found}, expected {expected}");
        }
    };
    let mean = bootstrap(&values, Statistic::Mean, how).unwrap();
    check("mean_percentile", mean.percentile);
    check("mean_BCa", mean.bca.unwrap());
    check("median_percentile", bootstrap(&values, Statistic::Median, how).unwrap().percentile);
}
