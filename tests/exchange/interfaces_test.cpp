// SPDX-License-Identifier: Apache-2.0
#include "exchange/interfaces.hpp"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "catalogue/lookup.hpp"
#include "exchange/family.hpp"

namespace pinhole::exchange {
namespace {

struct Nothing {
  template <class C, class S>
  static void ndr(C& /*c*/, S& /*self*/) {}
};

/// EcDummyRpc without its result.
struct DummyRpc {
  static constexpr std::uint16_t opnum = 6;
  using In = Nothing;
  using Out = Nothing;
};

const catalogue::InterfaceInfo& row(std::string_view id) {
  const auto& rows = catalogue::builtin().interfaces;
  return *std::ranges::find(rows, id, &catalogue::InterfaceInfo::id);
}

TEST(ExchangeInterface, CarriesUuidVersionAndAnnotationOfItsRow) {
  const auto interface = make_interface(row("emsmdb"));
  EXPECT_EQ(to_string(interface->id()), "a4f1db00-ca47-1067-b31f-00dd010662da,0.81");
  EXPECT_EQ(interface->annotation(), "Exchange Server STORE EMSMDB Interface");
}

TEST(ExchangeInterface, UnsourcedVersionIsServedAsOne) {
  EXPECT_EQ(make_interface(row("ad-topology"))->id().major, 1);
  EXPECT_EQ(make_interface(row("ad-topology"))->id().minor, 0);
}

TEST(ExchangeInterface, OperationWithoutAHandlerFaultsOutOfRange) {
  const auto interface = make_interface(row("emsmdb"));
  const dcerpc::Peer peer{};
  const std::shared_ptr<dcerpc::AssociationGroup> group;
  Bytes stub;
  ndr::Reader in(ByteView{}, ndr::Format{});
  ndr::Writer out(stub, ndr::Format{});
  const auto outcome = interface->run(Opnum{10}, rpc::CallContext{peer, group, {}}, in, out, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().status, dcerpc::status::kOperationRange);
}

TEST(ExchangeInterface, OneThatIsRegisteredTwiceIsOfferedOnce) {
  const auto& world = catalogue::builtin();
  const auto* store = find_service(world, *find_product(world, "exchange-2007"), "MSExchangeIS");
  const auto rows = store->listeners.front().interfaces;
  EXPECT_EQ(rows.size(), 12U);
  EXPECT_EQ(make_interfaces(rows).size(), 11U);
}

TEST(ExchangeOperations, NameWhatTheSpecificationsName) {
  const auto operations = operations_of(*make_interface(row("emsmdb")));
  ASSERT_EQ(operations.size(), 6U);
  EXPECT_EQ(operations[3].opnum, 10);
  EXPECT_EQ(operations[3].name, "EcDoConnectEx");
  EXPECT_EQ(operations_of(*make_interface(row("nspi-proxy"))).size(), 20U);
  EXPECT_EQ(operations_of(*make_interface(row("rfri-address-book"))).size(), 2U);
  EXPECT_TRUE(operations_of(*make_interface(row("store-admin-1"))).empty());
}

TEST(ExchangeOperations, SayImplementedOnlyWhereTheTableHasAHandler) {
  const auto interface = make_interface(row("emsmdb"));
  interface->serve<DummyRpc>(
      [](const rpc::CallContext&, Nothing&) -> rpc::Outcome<Nothing> { return Nothing{}; });
  for (const OperationInfo& operation : operations_of(*interface)) {
    EXPECT_EQ(operation.implemented, operation.opnum == 6) << operation.name;
  }
}

TEST(ExchangeFamilies, AreRowsOfTheCatalogueWithOpnumsInOrder) {
  for (const Family* family : {&kEmsmdb, &kAsyncEmsmdb, &kRfri, &kNspi, &kMta}) {
    EXPECT_NE(catalogue::find_interface(catalogue::builtin(), family->id.uuid, family->id.major,
                                        family->id.minor),
              nullptr)
        << to_string(family->id);
    EXPECT_TRUE(std::ranges::is_sorted(family->operations, std::ranges::less_equal{},
                                       &OperationName::opnum));
  }
}

}  // namespace
}  // namespace pinhole::exchange
