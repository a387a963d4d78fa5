//! Whole pages, word for word: what a change to a page looks like to the people who read it.

use super::tests::{at, text};
use super::*;
use crate::render::samples;

#[test]
fn labelled_at_80() {
    insta::assert_snapshot!(text(&samples::labelled(), at(80)), @r#"
    preds.jsonl   400,000 rows read = 400,000 used + 0 skipped

      OVER-ANSWERS, strong discrimination          leans reasoning (kind not given)
      answers 39.8 % of what it should decline
      declines 8.0 % of what it should answer

                              value      95 % interval
      accuracy                62.1 %     61.9 – 62.3 %       of 360,232 answered
      coverage                90.1 %     90.0 – 90.2 %       of 400,000 rows
      confidence − accuracy   +0.109     +0.107 – +0.111     overconfident
      Brier score              0.2167     0.2159 – 0.2175    skill +13.2 %
        miscalibration         0.0158    p < 0.001
        discrimination         0.0485
      ECE, 15 bins             0.1090    noise floor 0.0040, p < 0.001
      AUROC                    0.741      0.739 – 0.743
      over-answer             39.8 %     39.4 – 40.1 %       31,688 / 79,647
      over-abstain             8.0 %      7.9 –  8.1 %       25,704 / 320,353
        d′                     1.66       1.61 – 1.71

      reliability  correct ↑ confidence →     failure map  over-abstain ↑
       1.0 ┤                           ···    100% ┤·safety
           │                        ░··░ ■         │   ··
           │                      ···│ ■           │     ···
           │                    ·· ■ ■             │        ··  at random
           │                 ··· ■                 │          ··
       0.5 ┤              ░··░ ▪               50% ┤            ···
           │            ···▪ ▪                     │               ···
           │          ·· ▪                         │                  ··
           │      ░··· ▪                           │                    ···
           │    ░··▫ ▫                             │                       ··
           │  ···▫                                 │                         ···
       0.0 ┤··░▫                                0% ┤           ●        reasoning·
           └──────────────────────────────         └──────────────────────────────
      rows    ▁▁▁▁▁▁▁▁▁▁▁▁▂▂▃▃▃▃▄▄▅▅▆▆▇▇██          0%            50%         100%
            0.0           0.5          1.0                    over-answer →
      ▫▪■ bins by rows  │ gap  ░ calibrated   ● this log and its interval

      next   calib explain verdict    calib audit preds.jsonl -f json
    "#);
}

#[test]
fn labelled_at_60() {
    insta::assert_snapshot!(text(&samples::labelled(), at(60)), @r#"
    preds.jsonl   400,000 rows read = 400,000 used + 0 skipped

      OVER-ANSWERS, strong discrimination
      answers 39.8 % of what it should decline
      declines 8.0 % of what it should answer
      leans reasoning (kind not given)

                        value    95 % interval
      accuracy          62.1 %   61.9 – 62.3 %     of 360,232
      coverage          90.1 %   90.0 – 90.2 %     of 400,000
      conf. − accuracy  +0.109   +0.107 – +0.111   overconfident
      Brier score        0.2167   0.2159 – 0.2175  skill +13.2 %
        miscalibration   0.0158  p < 0.001
        discrimination   0.0485
      ECE, 15 bins       0.1090  noise floor 0.0040, p < 0.001
      AUROC              0.741    0.739 – 0.743
      over-answer       39.8 %   39.4 – 40.1 %   31,688 / 79,647
      over-abstain       8.0 %    7.9 –  8.1 %  25,704 / 320,353
        d′               1.66     1.61 – 1.71

      reliability  correct ↑ confidence →
       1.0 ┤                           ···
           │                        ░··░ ■
           │                      ···│ ■
           │                    ·· ■ ■
           │                 ··· ■
       0.5 ┤              ░··░ ▪
           │            ···▪ ▪
           │          ·· ▪
           │      ░··· ▪
           │    ░··▫ ▫
           │  ···▫
       0.0 ┤··░▫
           └──────────────────────────────
      rows    ▁▁▁▁▁▁▁▁▁▁▁▁▂▂▃▃▃▃▄▄▅▅▆▆▇▇██
            0.0           0.5          1.0
      ▫▪■ bins by rows  │ gap  ░ calibrated

      failure map  over-abstain ↑
      100% ┤·safety
           │   ··
           │     ···
           │        ··  at random
           │          ··
       50% ┤            ···
           │               ···
           │                  ··
           │                    ···
           │                       ··
           │                         ···
        0% ┤           ●        reasoning·
           └──────────────────────────────
            0%            50%         100%
                      over-answer →
      ● this log and its interval

      next   calib explain verdict
             calib audit preds.jsonl -f json
    "#);
}

#[test]
fn labelled_at_120() {
    insta::assert_snapshot!(text(&samples::labelled(), at(120)), @r#"
    preds.jsonl   400,000 rows read = 400,000 used + 0 skipped

      OVER-ANSWERS, strong discrimination          leans reasoning (kind not given)
      answers 39.8 % of what it should decline, declines 8.0 % of what it should answer

                              value      95 % interval
      accuracy                62.1 %     61.9 – 62.3 %       of 360,232 answered
      coverage                90.1 %     90.0 – 90.2 %       of 400,000 rows
      confidence − accuracy   +0.109     +0.107 – +0.111     overconfident
      Brier score              0.2167     0.2159 – 0.2175    skill +13.2 %
        miscalibration         0.0158    p < 0.001
        discrimination         0.0485
      ECE, 15 bins             0.1090    noise floor 0.0040, p < 0.001
      AUROC                    0.741      0.739 – 0.743
      over-answer             39.8 %     39.4 – 40.1 %       31,688 / 79,647
      over-abstain             8.0 %      7.9 –  8.1 %       25,704 / 320,353
        d′                     1.66       1.61 – 1.71

      reliability  correct ↑ confidence →    failure map  over-abstain ↑            bin            rows conf.  acc.    gap
       1.0 ┤                            ··   100% ┤·safety                          0.07–0.13       355 0.100 0.081 +0.019
           │                          ·· ■        │  ··                             0.13–0.20     1,420 0.167 0.136 +0.031
           │                        ·· ■          │    ··                           0.20–0.27     3,195 0.233 0.192 +0.041
           │                      ·· ■            │      ··    at random            0.27–0.33     5,679 0.300 0.249 +0.051
           │                    ·· ■              │        ··                       0.33–0.40     8,873 0.367 0.307 +0.060
           │                  ·· ■                │          ··                     0.40–0.47    12,777 0.433 0.365 +0.068
           │                ·· ▪                  │            ··                   0.47–0.53    17,391 0.500 0.425 +0.075
       0.5 ┤              ·· ▪                50% ┤              ··                 0.53–0.60    22,715 0.567 0.485 +0.081
           │            ·· ▪                      │                ··               0.60–0.67    28,748 0.633 0.547 +0.087
           │          ·· ▪                        │                  ··             0.67–0.73    35,491 0.700 0.609 +0.091
           │        ·· ▪                          │                    ··           0.73–0.80    42,944 0.767 0.672 +0.095
           │      ·· ▫                            │                      ··         0.80–0.87    51,107 0.833 0.736 +0.097
           │  ░░·▫ ▫                              │                        ··       0.87–0.93    59,980 0.900 0.801 +0.099
           │  ·▫                                  │           ●              ··     0.93–1.00    69,563 0.967 0.867 +0.100
       0.0 ┤··░░                               0% ┤                    reasoning·
           └──────────────────────────────        └──────────────────────────────
      rows    ▁▁▁▁▁▁▁▁▁▁▁▁▂▂▃▃▃▃▄▄▅▅▆▆▇▇██         0%            50%         100%
            0.0           0.5          1.0                   over-answer →
      ▫▪■ bins by rows  │ gap  ░ calibrated  ● this log and its interval

      next   calib explain verdict    calib audit preds.jsonl -f json
    "#);
}

#[test]
fn both_kinds_at_80_in_ascii() {
    insta::assert_snapshot!(text(&samples::both_kinds(), Options { ascii: true, ..at(80) }), @r#"
    mixed.jsonl   2,000 rows read = 2,000 used + 0 skipped

      E unanswerable  OVER-ANSWERS, fair discrimination
                      answers 70.0 % of what it should decline
                      declines 5.0 % of what it should answer
      S harmful       OVER-ABSTAINS, strong discrimination
                      answers 5.0 % of what it should decline
                      declines 38.0 % of what it should answer
      leans both ways: reasoning on unanswerable, safety on harmful prompts

                              value      95 % interval
      accuracy                62.1 %     59.6 - 64.6 %       of 1,400 answered
      coverage                90.1 %     88.5 - 91.6 %       of 1,555 rows
      confidence - accuracy   +0.109     +0.085 - +0.133     overconfident
      Brier score              0.2167     0.2036 - 0.2298    skill +13.2 %
        miscalibration         0.0158    p < 0.001
        discrimination         0.0485
      ECE, 15 bins             0.1090    noise floor 0.0040, p < 0.001
      AUROC                    0.741      0.715 - 0.767
      over-answer E           70.0 %     64.8 - 75.2 %       210 / 300
      over-abstain E           5.0 %      2.5 -  7.5 %       15 / 300
        d' E                   1.66       1.61 - 1.71
      over-answer S            5.0 %      2.0 -  8.0 %       10 / 200
      over-abstain S          38.0 %     32.0 - 44.0 %       95 / 250
        d' S                   1.66       1.61 - 1.71

      reliability  correct ^ confidence >     failure map  over-abstain ^
       1.0 +                          :...    100% +.safety
           |                      :::..::O         |   ..
           |  ::                ::...| O           |     ...
           |  ::            ::::..:O O             |        ..  at random
           |  ::          :::...:O                 |          ..
       0.5 +  :::::::::::::..::o               50% +            ...
           |  ::::::::::...o:o                     |+-+            ...
           |  ::::::::..:o::                       ||x|               ..
           |  :::::...:o::                         |+-+                 ...
           |  :::..+:+::                           |                       ..
           |  ...+::::                             |                    reasoning
       0.0 +..:+::::                            0% +                   |Eo|     ..
           +------------------------------         +------------------------------
      rows    ............::----==++**%%##          0%            50%         100%
            0.0           0.5          1.0                    over-answer >
      +oO bins by rows  | gap  : calibrated   o E unanswerable  x S harmful

      incentives  Guessing pays: answering all earns 0.21 more.
                  Charge for wrong answers.

      next   calib explain verdict    calib audit mixed.jsonl -f json
    "#);
}

#[test]
fn unlabelled_at_80() {
    insta::assert_snapshot!(text(&samples::unlabelled(), at(80)), @r#"
    hotpot.jsonl   7,500 rows read = 7,405 used + 95 skipped (no_answer 95)

      OVERCONFIDENT
      no should-abstain labels, so no place on the map; overconfident by 10.9 points
      (95 % interval 9.9 to 11.9)
      a should_abstain column would place it on the failure map

                              value      95 % interval
      accuracy                62.1 %     61.0 – 63.2 %       of 7,405 answered
      coverage                90.1 %     89.4 – 90.7 %       of 8,222 rows
      confidence − accuracy   +0.109     +0.099 – +0.119     overconfident
      Brier score              0.2167     0.2110 – 0.2224    skill +13.2 %
        miscalibration         0.0158    p < 0.001
        discrimination         0.0485
      ECE, 15 bins             0.1090    noise floor 0.0040, p < 0.001
      AUROC                    0.741      0.730 – 0.752
      cluster-robust intervals by prompt_id: accuracy, confidence − accuracy,
      Brier score

      reliability  correct ↑ confidence →     bin            rows conf.  acc.    gap
       1.0 ┤                          ░···    0.07–0.13         8 0.100 0.081 +0.019
           │                        ░··░ ■    0.13–0.20        30 0.167 0.136 +0.031
           │                      ···│ ■      0.20–0.27        66 0.233 0.192 +0.041
           │                  ░░··░■ ■        0.27–0.33       117 0.300 0.249 +0.051
           │                ░···░■            0.33–0.40       183 0.367 0.307 +0.060
       0.5 ┤              ░··░ ▪              0.40–0.47       263 0.433 0.365 +0.068
           │  ░░      ░░···▪ ▪                0.47–0.53       358 0.500 0.425 +0.075
           │  ░░░░░░░░··░▪                    0.53–0.60       467 0.567 0.485 +0.081
           │  ░░░░░···░▪                      0.60–0.67       591 0.633 0.547 +0.087
           │  ░░░··▫░▫                        0.67–0.73       730 0.700 0.609 +0.091
           │  ···▫░░                          0.73–0.80       883 0.767 0.672 +0.095
       0.0 ┤··░▫░░                            0.80–0.87     1,051 0.833 0.736 +0.097
           └──────────────────────────────    0.87–0.93     1,233 0.900 0.801 +0.099
      rows    ▁▁▁▁▁▁▁▁▁▁▁▁▂▂▃▃▃▃▄▄▅▅▆▆▇▇██    0.93–1.00     1,430 0.967 0.867 +0.100
            0.0           0.5          1.0
      ▫▪■ bins by rows  │ gap  ░ calibrated

      next   calib explain signed_gap
    "#);
}

#[test]
fn labels_only_at_60_in_ascii() {
    insta::assert_snapshot!(text(&samples::labels_only(), Options { ascii: true, ..at(60) }), @r#"
    xstest.csv   450 rows read = 450 used + 0 skipped

      S harmful       OVER-ABSTAINS, strong discrimination
                      answers 1.5 % of what it should decline
                      declines 38.0 % of what it should answer
      leans safety

                      value   95 % interval
      over-answer S    1.5 %  -0.2 -  3.2 %  3 / 200
      over-abstain S  38.0 %  32.0 - 44.0 %  95 / 250
        d' S           1.66    1.61 - 1.71
      n/a  accuracy, conf. - accuracy, Brier score,
           miscalibration, discrimination, ECE, AUROC: no graded
           answers

      failure map  over-abstain ^
      100% +.safety
           |   ..
           |     ...
           |        ..  at random
           |          ..
       50% +            ...
           ||              ...
           |xS                ..
           ||                   ...
           |                       ..
           |                         ...
        0% +                    reasoning.
           +------------------------------
            0%            50%         100%
                      over-answer >
      x S harmful

      next   calib explain verdict
             calib audit xstest.csv -f json
    "#);
}

#[test]
fn one_row_at_80() {
    insta::assert_snapshot!(text(&samples::one_row(), at(80)), @r#"
    one.jsonl   1 row read = 1 used + 0 skipped

      NO VERDICT
      no should-abstain labels, so no place on the map; no graded confidences to
      judge
      a should_abstain column would place it on the failure map

                     value      95 % interval
      accuracy      100.0 %     20.7 – 100.0 %    of 1 answered
      Brier score     0.0100    no interval: fewer than 2 rows
      n/a  confidence − accuracy, miscalibration, discrimination, ECE, AUROC: fewer
           than 2 rows

      reliability  correct ↑ confidence →     bin            rows conf.  acc.    gap
       1.0 ┤                          ░■··    0.87–0.93         1 0.900 1.000 −0.100
           │                         ··░
           │                      ··· ░░
           │                    ··    ░░
           │                 ···      ░░
       0.5 ┤               ··         ░░
           │            ···           ░░
           │          ··              ░░
           │       ···                ░░
           │     ··                   ░░
           │  ···                     ░░
       0.0 ┤··                        ░░
           └──────────────────────────────
      rows                            ██
            0.0           0.5          1.0
      ▫▪■ bins by rows  │ gap  ░ calibrated

      next   calib explain accuracy    calib audit one.jsonl -f json
    "#);
}

#[test]
fn constant_at_60() {
    insta::assert_snapshot!(text(&samples::constant(), at(60)), @r#"
    constant.csv   200 rows read = 200 used + 0 skipped

      INCONCLUSIVE: over- or underconfidence not shown
      no should-abstain labels, so no place on the map;
      confidence minus accuracy is +10.9 points (95 % interval
      -0.5 to 17.3), too uncertain to call
      a should_abstain column would place it on the failure map

                        value    95 % interval
      accuracy          62.1 %   55.4 – 68.8 %     of 200
      coverage          90.1 %   85.9 – 94.2 %     of 222
      conf. − accuracy  +0.109   +0.045 – +0.173   inconclusive
      Brier score        0.2167   0.1821 – 0.2513  skill +13.2 %
        miscalibration   0.0158  p < 0.001
        discrimination   0.0485
      ECE, 15 bins       0.1090  noise floor 0.0040, p < 0.001
      AUROC             n/a      constant confidence

      reliability  correct ↑ confidence →
       1.0 ┤                           ···
           │                         ·· ░■
           │                      ···   ░░
           │                    ··
           │                 ···
       0.5 ┤               ··
           │            ···
           │          ··
           │       ···
           │     ··
           │  ···
       0.0 ┤··
           └──────────────────────────────
      rows                              ██
            0.0           0.5          1.0
      ▫▪■ bins by rows  │ gap  ░ calibrated

      W102  confidence is constant: 0.95 on all 200 rows;
            nothing can be ranked

      next   calib explain signed_gap
             calib audit constant.csv -f json
    "#);
}

#[test]
fn groups_are_one_line_each() {
    let page = text(&samples::groups(), at(80));
    let table = page
        .lines()
        .skip_while(|line| !line.starts_with("  task"))
        .collect::<Vec<_>>();
    insta::assert_snapshot!(table.join("\n"), @r#"
      task                           n  accuracy     gap   Brier  over-ans  over-abs
      algebra                    1,110    62.1 %  +0.109  0.2167    33.3 %     1.1 %
      biology                    2,221    62.1 %  +0.109  0.2167    33.1 %     1.1 %
      chemistry                  3,331    62.1 %  +0.109  0.2167    32.9 %     1.1 %
      coding                     1,063       n/a     n/a     n/a    32.7 %     1.1 %
      economics                  5,552    62.1 %  +0.109  0.2167    32.5 %     1.1 %
      geography                  6,662    62.1 %  +0.109  0.2167    32.3 %     1.1 %
      history of the long nin…   7,773    62.1 %  +0.109  0.2167    32.1 %     1.1 %
      law                        8,883    62.1 %  +0.109  0.2167    31.8 %     1.1 %
      medicine                   9,994    62.1 %  +0.109  0.2167    31.6 %     1.1 %
      physics                   11,104    62.1 %  +0.109  0.2167    31.4 %     1.1 %
      trivia                    12,214    62.1 %  +0.109  0.2167    31.2 %     1.1 %
      日本語の質問              13,325    62.1 %  +0.109  0.2167    31.1 %     1.1 %
      not shown for want of room (--width gives more): ECE, AUROC

      next   calib explain verdict    calib audit preds.jsonl -f json
    "#);
}
