//! The definitions inside the program, so that it works from any folder.  Sorted by path.

macro_rules! definitions {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../assets/fixtures/", $path)))),*]
    };
}

/// Path below the library, text of the file.
pub(super) const DEFINITIONS: &[(&str, &str)] = definitions![
    "luma/Luma-Batten-RGBL.qxf",
    "luma/Luma-Beam-230.qxf",
    "luma/Luma-Blinder-2.qxf",
    "luma/Luma-Dimmer.qxf",
    "luma/Luma-Fresnel-200.qxf",
    "luma/Luma-Haze-1.qxf",
    "luma/Luma-Par-RGB.qxf",
    "luma/Luma-Par-RGBAWUV.qxf",
    "luma/Luma-Par-RGBW.qxf",
    "luma/Luma-Pixel-Bar-12.qxf",
    "luma/Luma-Pixel-Par-8.qxf",
    "luma/Luma-Profile-CMY.qxf",
    "luma/Luma-Scan-250.qxf",
    "luma/Luma-Spot-350.qxf",
    "luma/Luma-Strobe-1500.qxf",
    "luma/Luma-Strobe-Panel-6.qxf",
    "luma/Luma-Wash-19.qxf",
];
