#pragma once

#include <array>

/// Minimax polynomials, lowest power first. Written by tests/codegen/derive_coefficients.py; do not edit.
namespace kiln::codegen::coefficients {

// on [-0.353505, 0.353505], weighted error 7.37e-8
inline constexpr std::array<double, 5> exp_f32 = {0x1.0000000000000p-1, 0x1.5554d40000000p-3,
                                                  0x1.5554ac0000000p-5, 0x1.1215880000000p-7,
                                                  0x1.6d836a0000000p-10};

// on [-0.353505, 0.353505], weighted error 4.24e-18
inline constexpr std::array<double, 11> exp_f64 = {
    0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555558p-5,  0x1.111111110fe16p-7,
    0x1.6c16c16c14d8ap-10, 0x1.a01a01ad6398cp-13, 0x1.a01a01ae9874ap-16, 0x1.71ddfd95d397bp-19,
    0x1.27e4c8f95b14ep-22, 0x1.af57500c41ebcp-26, 0x1.1f91a70c50edfp-29};

// on [-0.505, 0.505], weighted error 3.23e-9
inline constexpr std::array<double, 7> exp2_f32 = {
    0x1.62e4300000000p-1,  0x1.ebfbe00000000p-3,  0x1.c6b08e0000000p-5, 0x1.3b2a160000000p-7,
    0x1.5d87460000000p-10, 0x1.4446460000000p-13, 0x1.00e1560000000p-16};

// on [-0.505, 0.505], weighted error 2.72e-17
inline constexpr std::array<double, 13> exp2_f64 = {
    0x1.62e42fefa39efp-1,  0x1.ebfbdff82c58fp-3,  0x1.c6b08d704a0c0p-5,  0x1.3b2ab6fba4e7bp-7,
    0x1.5d87fe78a6736p-10, 0x1.430912f86aa1ap-13, 0x1.ffcbfc588803fp-17, 0x1.62c02246b908bp-20,
    0x1.b5253d48d68eap-24, 0x1.e4cf009308085p-28, 0x1.e8ca756dd3e26p-32, 0x1.c4baafcd86a37p-36,
    0x1.8239aa9194884p-40};

// on [-0.292893, 0.414214], weighted error 2.62e-8
inline constexpr std::array<double, 9> log_f32 = {
    0x1.5555540000000p-2,  -0x1.ffffe60000000p-3, 0x1.999d360000000p-3,
    -0x1.55625c0000000p-3, 0x1.23dd1a0000000p-3,  -0x1.fbc4d40000000p-4,
    0x1.dc8e3c0000000p-4,  -0x1.dd973a0000000p-4, 0x1.2c57460000000p-4};

// on [0.0, 0.0294373], weighted error 3.07e-16
inline constexpr std::array<double, 7> log_atanh_f64 = {
    0x1.5555555555558p-1, 0x1.99999999952d9p-2, 0x1.2492492df768bp-2, 0x1.c71c62dbfd5b3p-3,
    0x1.7462b7789fa04p-3, 0x1.39fe04a5dabf7p-3, 0x1.2b5c91b8ad7e1p-3};

// on [0.0, 0.0294373], weighted error 2.22e-17
inline constexpr std::array<double, 8> log_atanh_rest_f64 = {
    0x1.999999999999ap-2, 0x1.2492492491fa2p-2, 0x1.c71c71c859b2ap-3, 0x1.745d165a3693fp-3,
    0x1.3b1402007092ap-3, 0x1.1103e818cdbffp-3, 0x1.e37ce2b2c25e4p-4, 0x1.b9963c455e378p-4};

// on [0.0, 0.641771], weighted error 4.98e-9
inline constexpr std::array<double, 4> sin_f32 = {-0x1.5555560000000p-3, 0x1.11123a0000000p-7,
                                                  -0x1.a14ac20000000p-13, 0x1.be6ca40000000p-19};

// on [0.0, 0.641771], weighted error 9.25e-18
inline constexpr std::array<double, 7> sin_f64 = {
    -0x1.5555555555555p-3,  0x1.1111111110ebap-7,  -0x1.a01a019f6fa3dp-13, 0x1.71de3939d504fp-19,
    -0x1.ae62ab69b8c15p-26, 0x1.5ffb54ee268f5p-33, -0x1.124531ae29eccp-41};

// on [0.0, 0.641771], weighted error 2.49e-9
inline constexpr std::array<double, 3> cos_f32 = {0x1.5555540000000p-5, -0x1.6c12380000000p-10,
                                                  0x1.9b87ac0000000p-16};

// on [0.0, 0.641771], weighted error 2.31e-18
inline constexpr std::array<double, 7> cos_f64 = {
    0x1.5555555555555p-5,  -0x1.6c16c16c1676ap-10, 0x1.a01a019ec611fp-16, -0x1.27e4f9427f93ap-22,
    0x1.1eea3dcaad942p-29, -0x1.8efe43663d260p-37, -0x1.6cd2f3a477ef6p-46};

// on [0.0, 0.25], weighted error 6.47e-8
inline constexpr std::array<double, 5> asin_f32 = {0x1.55555e0000000p-3, 0x1.3326380000000p-4,
                                                   0x1.70ce300000000p-5, 0x1.b115520000000p-6,
                                                   0x1.39fd240000000p-5};

// on [0.0, 0.25], weighted error 2.06e-16
inline constexpr std::array<double, 12> asin_f64 = {
    0x1.555555555554ep-3, 0x1.3333333337470p-4, 0x1.6db6db67c1388p-5,  0x1.f1c71fd9253f6p-6,
    0x1.6e8b22ad6c61dp-6, 0x1.1c59dcea38601p-6, 0x1.c863c1811ecdcp-7,  0x1.8590a2f98b7c6p-7,
    0x1.fb3f0926d5b69p-8, 0x1.09cf1b82e4cfep-6, -0x1.6aa1ea6c092e3p-7, 0x1.d150f73b37466p-6};

// on [0.0, 0.171573], weighted error 1.99e-8
inline constexpr std::array<double, 5> atan_f32 = {-0x1.5555540000000p-2, 0x1.9996ac0000000p-3,
                                                   -0x1.240e100000000p-3, 0x1.b68a360000000p-4,
                                                   -0x1.034a100000000p-4};

// on [0.0, 0.171573], weighted error 3.01e-17
inline constexpr std::array<double, 11> atan_f64 = {
    -0x1.5555555555555p-2, 0x1.9999999999457p-3, -0x1.249249243fe6ep-3, 0x1.c71c718a3c6eep-4,
    -0x1.745d0bd6fb044p-4, 0x1.3b127106cb351p-4, -0x1.10fb29a2776d3p-4, 0x1.dff153e315368p-5,
    -0x1.a0cef32db72d0p-5, 0x1.41f217811307ep-5, -0x1.3b7a447647d3bp-6};

// on [0.0, 1.0], weighted error 4.97e-9
inline constexpr std::array<double, 4> sinh_f32 = {0x1.5555560000000p-3, 0x1.11105c0000000p-7,
                                                   0x1.a089120000000p-13, 0x1.637ed80000000p-19};

// on [0.0, 1.0], weighted error 9.26e-18
inline constexpr std::array<double, 8> sinh_f64 = {
    0x1.5555555555555p-3,  0x1.111111111131cp-7,  0x1.a01a019f97415p-13, 0x1.71de3b1990bb7p-19,
    0x1.ae633e4763344p-26, 0x1.61f1e2b463b33p-33, 0x1.1906593935a3cp-41, 0x1.626513eb40ef1p-44};

// on [0.0, 0.36], weighted error 9.96e-9
inline constexpr std::array<double, 6> tanh_f32 = {-0x1.5555560000000p-2, 0x1.1111ba0000000p-3,
                                                   -0x1.ba50200000000p-5, 0x1.68f4d00000000p-6,
                                                   -0x1.2c85340000000p-7, 0x1.a48bf00000000p-9};

// on [0.0, 0.36], weighted error 1.86e-17
inline constexpr std::array<double, 15> tanh_f64 = {
    -0x1.5555555555555p-2,  0x1.1111111110e3bp-3,   -0x1.ba1ba1b99b9e9p-5,  0x1.664f483b9627ap-6,
    -0x1.226e20b975db1p-7,  0x1.d6cca4ab9b565p-9,   -0x1.7cd4cc6ba2f0ap-10, 0x1.25926c2493ac5p-11,
    -0x1.1fed5b01c3236p-15, -0x1.d0000b38cb612p-11, 0x1.abbb659e0115dp-9,   -0x1.f2c80456acc7bp-8,
    0x1.7924c2545e192p-7,   -0x1.4f66fc6b6d2fdp-7,  0x1.0a4113635728fp-8};

// on [0.0, 1.0], weighted error 1.27e-9
inline constexpr std::array<double, 7> erf_f32 = {
    0x1.06eba80000000p-3, -0x1.8127400000000p-2,  0x1.ce2d500000000p-4, -0x1.b7fe900000000p-6,
    0x1.542e0e0000000p-8, -0x1.a50ae80000000p-11, 0x1.4c339c0000000p-14};

// on [0.0, 1.0], weighted error 1.24e-17
inline constexpr std::array<double, 13> erf_f64 = {
    0x1.06eba8214db69p-3,  -0x1.812746b037a27p-2,  0x1.ce2f21a045b8fp-4,  -0x1.b82ce3136658fp-6,
    0x1.565bcd2faa8f9p-8,  -0x1.c02db9e1e878dp-11, 0x1.f9a3cf98007b5p-14, -0x1.f4dec44cae88bp-17,
    0x1.ba822cd179207p-20, -0x1.6472087256e03p-23, 0x1.18170b15d5503p-26, -0x1.e4a57acfa081cp-30,
    0x1.68477b435df4fp-33};

// on [1.0, 4.0], weighted error 3.58e-11
inline constexpr std::array<double, 8> erf_tail_f32 = {
    0x1.8a54680000000p-13, -0x1.212c0c0000000p+0, -0x1.44356c0000000p-1, -0x1.bc14e20000000p-4,
    0x1.9d02760000000p-6,  -0x1.138be60000000p-8, 0x1.cec3800000000p-12, -0x1.6bd58a0000000p-16};

// on [0.0, 5.0], weighted error 1.76e-18
inline constexpr std::array<double, 22> erf_tail_from_1_f64 = {
    -0x1.d97fbf27aa2a1p+0,  -0x1.51c9b0006c248p+1,  -0x1.afabc11a28301p-1,  -0x1.5477f09dfabbcp-5,
    0x1.48c9d45785ca2p-7,   -0x1.033f73b4d7269p-9,  0x1.f1b849c01b49fp-13,  0x1.b84f9fc197804p-16,
    -0x1.c62335ef1036fp-16, 0x1.3c4e53d04c289p-17,  -0x1.de39a3dae1e7dp-20, -0x1.89ab0525ceae8p-23,
    0x1.a6c4d6b20961dp-22,  -0x1.18745d72a4401p-22, 0x1.168fdacdef704p-23,  -0x1.baffa4773662bp-25,
    0x1.1582329e0e6a5p-26,  -0x1.090815a0caa6bp-28, 0x1.71a2a70382a34p-31,  -0x1.6124fb695c240p-34,
    0x1.9bdcf7849b1e8p-38,  -0x1.b92bf9e0f2944p-43};

}  // namespace kiln::codegen::coefficients
