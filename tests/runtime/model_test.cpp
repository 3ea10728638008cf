#include "test_host.h"

namespace {

TEST(Model, TypesAndParametersAreNamed) {
  Host host;
  EXPECT_EQ(kiln_model_type_count(host.api), 2);
  EXPECT_STREQ(kiln_model_type_name(host.api, net), "Net");
  EXPECT_EQ(kiln_model_type_name(host.api, 2), nullptr);
  EXPECT_EQ(kiln_model_type_find(host.api, "Other"), other);
  EXPECT_EQ(kiln_model_type_find(host.api, "None"), -1);
  kiln_model* model = host.create(net, 2);
  EXPECT_EQ(kiln_model_type(host.api, model), net);
  ASSERT_EQ(kiln_model_parameter_count(host.api, model), 4);
  kiln_parameter parameter{};
  EXPECT_EQ(kiln_model_parameter(host.api, model, 0, &parameter), KILN_INVALID_ARGUMENT) << "no struct_size";
  parameter.struct_size = sizeof(parameter);
  EXPECT_EQ(kiln_model_parameter(host.api, model, 4, &parameter), KILN_NOT_FOUND);
  ASSERT_EQ(kiln_model_parameter(host.api, model, 0, &parameter), KILN_OK);
  EXPECT_STREQ(parameter.name, "weight");
  EXPECT_EQ(parameter.role, KILN_PARAM);
  EXPECT_EQ(parameter.element, KILN_F32);
  ASSERT_EQ(parameter.rank, 2);
  EXPECT_EQ(parameter.extents[1], 4);
  EXPECT_EQ(parameter.bytes, 48);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(parameter.data) % 64, 0u);
  EXPECT_EQ(static_cast<const float*>(parameter.data)[5], 205.f) << "Rng(2) is {2, 0}";
  ASSERT_EQ(kiln_model_parameter(host.api, model, 2, &parameter), KILN_OK);
  EXPECT_EQ(parameter.role, KILN_STATE);
  EXPECT_EQ(*static_cast<const int64_t*>(parameter.data), 7);
  kiln_model_free(host.api, model);
}

TEST(Model, CopiesAreIndependent) {
  Host host;
  kiln_model* model = host.create(net, 1);
  kiln_model* copy = nullptr;
  ASSERT_EQ(kiln_model_copy(host.api, host.context, model, &copy), KILN_OK);
  const auto before = contents(host.api, model);
  EXPECT_EQ(contents(host.api, copy), before);
  Floats x({1, 4});
  float rate = 1, norm = 0;
  ASSERT_EQ(host.call(train, {copy, &x.c, &rate, &norm}), KILN_OK);
  EXPECT_EQ(contents(host.api, model), before);
  EXPECT_NE(contents(host.api, copy), before);
  ASSERT_EQ(kiln_model_assign(host.api, host.context, model, copy), KILN_OK);
  EXPECT_EQ(contents(host.api, model), contents(host.api, copy));
  kiln_model_free(host.api, copy);
  kiln_model_free(host.api, model);
}

TEST(Model, OfZeros) {
  Host host;
  kiln_model* model = nullptr;
  ASSERT_EQ(kiln_model_create_zero(host.api, host.context, net, &model), KILN_OK);
  EXPECT_EQ(contents(host.api, model)[0], std::string(48, '\0'));
  kiln_model_free(host.api, model);
}

TEST(Model, WrongHandlesAreRefused) {
  Host host;
  kiln_model* model = host.create(net);
  kiln_model* different = host.create(other);
  EXPECT_EQ(kiln_model_assign(host.api, host.context, model, different), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(host.message(), "a model Net cannot take the values of a model Other");
  kiln_model* not_a_model = reinterpret_cast<kiln_model*>(host.context);
  EXPECT_EQ(kiln_model_save(host.api, host.context, not_a_model, "/nowhere"), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(host.message(),
            "the model is not one of library handmade: a handle of another library, or one that was freed");
  EXPECT_EQ(kiln_model_save(host.api, host.context, nullptr, "/nowhere"), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_model_type(host.api, not_a_model), -1);
  kiln_model_free(host.api, not_a_model);  // nothing happens
  EXPECT_EQ(kiln_model_create(host.api, host.context, 9, 1, &not_a_model), KILN_NOT_FOUND);
  EXPECT_EQ(host.message(), "there is no model type 9: the library has 2");
  EXPECT_EQ(not_a_model, nullptr);
  EXPECT_EQ(kiln_model_create(host.api, host.context, net, 1, nullptr), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_model_create(host.api, nullptr, net, 1, &not_a_model), KILN_INVALID_ARGUMENT);
  kiln_model_free(host.api, different);
  kiln_model_free(host.api, model);
  kiln_model_free(host.api, nullptr);
}

}  // namespace
