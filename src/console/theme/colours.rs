//! The 24-bit colours of the dark and the light theme, chosen for a text contrast of at least 4.5 : 1, and 3 : 1 for what
//! is not available and for samples of text.

use ratatui::style::Color;

/// Colours by their use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    pub ground: Color,
    pub dialog: Color,
    pub field: Color,
    pub selection: Color,
    pub resting: Color,
    pub border: Color,
    pub track: Color,
    pub text: Color,
    pub strong: Color,
    pub muted: Color,
    pub disabled: Color,
    pub veil: Color,
    pub accent: Color,
    pub green: Color,
    pub yellow: Color,
    pub red: Color,
    pub violet: Color,
    pub key: Color,
    pub string: Color,
    pub number: Color,
    pub literal: Color,
    pub match_ground: Color,
    pub on_match: Color,
}

pub(crate) const DARK: Palette = Palette {
    ground: rgb(0x14_17_1d),
    dialog: rgb(0x1a_1e_26),
    field: rgb(0x25_2b_36),
    selection: rgb(0x24_35_52),
    resting: rgb(0x20_25_2e),
    border: rgb(0x3a_42_50),
    track: rgb(0x2a_31_3d),
    text: rgb(0xd0_d6_df),
    strong: rgb(0xf0_f3_f7),
    muted: rgb(0x98_a2_b2),
    disabled: rgb(0x76_80_90),
    veil: rgb(0x5c_66_75),
    accent: rgb(0x7a_b0_f5),
    green: rgb(0x8c_c8_85),
    yellow: rgb(0xe3_b3_5f),
    red: rgb(0xf0_82_86),
    violet: rgb(0xc3_a6_f0),
    key: rgb(0x86_c5_e0),
    string: rgb(0xb5_ce_a8),
    number: rgb(0xe0_a8_7c),
    literal: rgb(0xc3_a6_f0),
    match_ground: rgb(0x6b_52_12),
    on_match: rgb(0xff_ec_b8),
};

pub(crate) const LIGHT: Palette = Palette {
    ground: rgb(0xfb_fb_fa),
    dialog: rgb(0xff_ff_ff),
    field: rgb(0xee_f0_f3),
    selection: rgb(0xd6_e6_fb),
    resting: rgb(0xec_ee_f1),
    border: rgb(0xc6_cc_d4),
    track: rgb(0xdf_e3_e8),
    text: rgb(0x2a_30_38),
    strong: rgb(0x0d_11_17),
    muted: rgb(0x59_62_6e),
    disabled: rgb(0x78_82_8e),
    veil: rgb(0x98_a1_ac),
    accent: rgb(0x0b_58_b8),
    green: rgb(0x17_6a_30),
    yellow: rgb(0x80_54_00),
    red: rgb(0xb8_1c_28),
    violet: rgb(0x6f_42_c1),
    key: rgb(0x05_5a_8c),
    string: rgb(0x2c_66_36),
    number: rgb(0x93_45_0a),
    literal: rgb(0x6f_42_c1),
    match_ground: rgb(0xff_e0_8a),
    on_match: rgb(0x3a_2a_00),
};

const fn rgb(value: u32) -> Color {
    let [_, red, green, blue] = value.to_be_bytes();
    Color::Rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color) -> f64 {
        let Color::Rgb(red, green, blue) = color else { panic!("{color:?} is not a 24-bit colour") };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_is_readable_on_every_background() {
        for palette in [DARK, LIGHT] {
            let grounds = [palette.ground, palette.dialog, palette.selection, palette.resting, palette.field];
            let inks = [
                palette.text,
                palette.strong,
                palette.muted,
                palette.accent,
                palette.green,
                palette.yellow,
                palette.red,
                palette.violet,
                palette.key,
                palette.string,
                palette.number,
                palette.literal,
            ];
            for (ink, ground) in inks.into_iter().flat_map(|ink| grounds.map(|ground| (ink, ground))) {
                let ratio = contrast(ink, ground);
                assert!(ratio >= 4.5, "{ink:?} on {ground:?} has a contrast of {ratio:.2}");
            }
            for ground in grounds {
                let ratio = contrast(palette.disabled, ground);
                assert!(ratio >= 3.0, "what is disabled on {ground:?} has a contrast of {ratio:.2}");
            }
            assert!(contrast(palette.on_match, palette.match_ground) >= 4.5);
            assert!(contrast(palette.ground, palette.accent) >= 4.5);
        }
    }
}
