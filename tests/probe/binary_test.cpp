// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dcerpc/client.hpp"
#include "dcerpc/pdu.hpp"
#include "osi/cotp.hpp"
#include "osi/responder.hpp"
#include "osi/tpkt.hpp"
#include "probe/ber.hpp"
#include "probe/recognise.hpp"
#include "probe/talking.hpp"

namespace pinhole::probe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Heard hear(const Row& row, const std::vector<std::string>& says, const Context& context = {}) {
  const Heard whole = talk_to(row, says, 65536, context);
  if (row.transport == Transport::tcp) {
    const Heard slow = talk_to(row, says, 1, context);
    EXPECT_EQ(whole.finding, slow.finding);
    EXPECT_EQ(whole.sent, slow.sent);
  }
  return whole;
}

// RFC 1035 4.1: id 0x1234, a query with recursion desired, one question: . SOA IN.
constexpr std::string_view kQuery = "1234 0100 0001 0000 0000 0000  00 0006 0001";
constexpr std::string_view kRefused = "1234 8105 0001 0000 0000 0000  00 0006 0001";

TEST(Dns, AnyAnswerToTheQueryCounts) {
  const Row& row = row_of("dns", Transport::udp);
  const Heard heard = hear(row, {octets(kRefused)}, about(0x1234));
  EXPECT_THAT(heard.sent, ElementsAre(octets(kQuery)));
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.finding.said, "REFUSED");
}

TEST(Dns, SomebodyElsesAnswerDoesNot) {
  const Row& row = row_of("dns", Transport::udp);
  EXPECT_FALSE(hear(row, {octets(kRefused)}, about(0x1235)).finding.speaks);
  EXPECT_FALSE(hear(row, {octets(kQuery)}, about(0x1234)).finding.speaks);
}

TEST(Dns, OverTcpTheLengthComesFirst) {
  const Context context = about(0x1234, "Example.net");
  const std::string question = "07 6578616d706c65 03 6e6574 00 0006 0001";
  const Heard heard =
      hear(row_of("dns"), {octets("001d 1234 8580 0001 0001 0000 0000" + question)}, context);
  EXPECT_THAT(heard.sent, ElementsAre(octets("001d 1234 0100 0001 0000 0000 0000 07 4578616d706c65"
                                             "03 6e6574 00 0006 0001")));
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(fact_of(heard.finding, "authoritative"), "yes");
  EXPECT_EQ(fact_of(heard.finding, "answers"), "1");
}

TEST(Dns, ANameThatIsNoneBecomesTheRoot) {
  const Context context = about(0x1234, std::string(70, 'a'));
  EXPECT_THAT(hear(row_of("dns", Transport::udp), {}, context).sent, ElementsAre(octets(kQuery)));
}

/// A SearchResultEntry with these attributes, one value each, then a SearchResultDone.
std::string directory(std::uint32_t id,
                      const std::vector<std::pair<const char*, const char*>>& facts) {
  Bytes list;
  for (const auto& [name, value] : facts) {
    list = concat(list, ber(0x30, concat(ber(0x04, name), ber(0x31, ber(0x04, value)))));
  }
  const Bytes number = ber_number(0x02, id);
  return text(concat(ber(0x30, concat(number, ber(0x64, concat(ber(0x04, ""), ber(0x30, list))))),
                     ber(0x30, concat(number, ber(0x65, concat(ber_number(0x0A, 0), ber(0x04, ""),
                                                               ber(0x04, "")))))));
}

TEST(Ldap, TheRootSaysWhoItIs) {
  const std::string says = directory(9, {{"dnsHostName", "dc1.example.net"},
                                         {"defaultNamingContext", "DC=example,DC=net"},
                                         {"isGlobalCatalogReady", "TRUE"},
                                         {"supportedCapabilities", "1.2.840.113556.1.4.800"}});
  for (const char* service : {"ldap", "gc"}) {
    const Heard heard = hear(row_of(service), {says}, about(9));
    EXPECT_TRUE(heard.finding.speaks) << service;
    EXPECT_EQ(fact_of(heard.finding, "host"), "dc1.example.net");
    EXPECT_EQ(fact_of(heard.finding, "global-catalog"), "TRUE");
  }
  EXPECT_FALSE(hear(row_of("srs"), {says}, about(9)).finding.speaks);
}

TEST(Ldap, ADirectoryThatIsNoGlobalCatalogSaysSo) {
  const std::string says = directory(9, {{"namingContexts", "o=Example"}});
  const Heard heard = hear(row_of("gc"), {says}, about(9));
  EXPECT_FALSE(heard.finding.speaks);
  EXPECT_THAT(heard.finding.said, HasSubstr("no global catalog"));
  EXPECT_TRUE(hear(row_of("srs"), {says}, about(9)).finding.speaks);
  EXPECT_FALSE(hear(row_of("ldap"), {says}, about(11)).finding.speaks);
}

TEST(Ldap, TheRequestIsASearchOfTheRoot) {
  const std::string sent = hear(row_of("ldap"), {}, about(9)).sent.at(0);
  // RFC 4511 4.5.1: id 9, search, base "", scope base, never deref, no limits, (objectClass=*).
  EXPECT_EQ(to_hex(bytes_of(sent).subspan(0, 4)), "3082" + to_hex(bytes_of(sent).subspan(2, 2)));
  EXPECT_THAT(sent, HasSubstr(octets("020109 63")));
  EXPECT_THAT(sent,
              HasSubstr(octets("0400 0a0100 0a0100 020100 020100 010100 870b") + "objectClass"));
}

// RFC 4120 5.9.1, KRB-ERROR: pvno 5, msg-type 30, stime, susec, error-code 6, realm, sname.
std::string kerberos_error(std::uint32_t code) {
  const auto field = [](unsigned number, const Bytes& content) {
    return ber(static_cast<std::uint16_t>(0xA0 + number), content);
  };
  return text(ber(
      0x7E, ber(0x30, concat(field(0, ber_number(2, 5)), field(1, ber_number(2, 30)),
                             field(4, ber(0x18, "20261121150000Z")), field(5, ber_number(2, 0)),
                             field(6, ber_number(2, code)), field(9, ber(0x1B, "EXAMPLE.NET"))))));
}

TEST(Kerberos, AnErrorIsAnAnswer) {
  const Row& row = row_of("kerberos", Transport::udp);
  const Heard heard = hear(row, {kerberos_error(6)}, about(1, "example.net"));
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.finding.said, "KDC_ERR_C_PRINCIPAL_UNKNOWN");
  EXPECT_EQ(fact_of(heard.finding, "realm"), "EXAMPLE.NET");
  EXPECT_THAT(heard.sent.at(0), HasSubstr("EXAMPLE.NET"));
  EXPECT_EQ(heard.sent.at(0).front(), '\x6A');
}

TEST(Kerberos, OverTcpTheLengthComesFirst) {
  const std::string error = kerberos_error(68);
  const std::string framed = octets("000000") + static_cast<char>(error.size()) + error;
  EXPECT_TRUE(hear(row_of("kerberos"), {framed}).finding.speaks);
  EXPECT_FALSE(hear(row_of("kerberos"), {octets("00000004") + "what"}).finding.speaks);
  EXPECT_FALSE(hear(row_of("kerberos"), {octets("7fffffff") + "what"}).finding.speaks);
}

TEST(Smb, NamesTheDialect) {
  std::string answer = octets("fe534d42 4000 0000 00000000 0000") + std::string(50, '\0');
  answer += octets("4100 0300 ff02 0000 00112233445566778899aabbccddeeff");
  const std::string framed = octets("000000") + static_cast<char>(answer.size()) + answer;
  const Heard heard = hear(row_of("smb"), {framed});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(fact_of(heard.finding, "dialect"), "SMB 2.1 or later");
  EXPECT_EQ(fact_of(heard.finding, "signing"), "required");
}

TEST(Smb, KnowsTheOldDialectToo) {
  const std::string answer =
      octets("ff534d42 72") + std::string(27, '\0') + octets("11 0000 03") + std::string(33, '\0');
  const std::string framed = octets("000000") + static_cast<char>(answer.size()) + answer;
  const Heard heard = hear(row_of("smb"), {framed});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.finding.said, "SMB 1: NT LM 0.12");
  EXPECT_EQ(fact_of(heard.finding, "signing"), "not required");
}

/// bind_ack with one answer.
std::string bind_ack(dcerpc::ContextResult result) {
  // C706 12.6.4.4: version 5.0, bind_ack, first and last, little-endian; call 1; 5840, 5840, group
  // 1; no secondary address; one result.
  const char* code = result == dcerpc::ContextResult::acceptance ? "0000 0000" : "0200 0100";
  return octets("05000c03 10000000 3800 0000 01000000 d016 d016 01000000 0000 0000 01000000") +
         octets(code) + octets("045d888aeb1cc9119fe808002b104860 02000000");
}

TEST(Rpc, TheMappersInterfaceMustBind) {
  const Heard yes = hear(row_of("mapper"), {bind_ack(dcerpc::ContextResult::acceptance)});
  EXPECT_TRUE(yes.finding.speaks);
  EXPECT_EQ(yes.sent.size(), 2U);  // mgmt comes next
  const Heard no = hear(row_of("mapper"), {bind_ack(dcerpc::ContextResult::provider_rejection)});
  EXPECT_FALSE(no.finding.speaks);
  EXPECT_THAT(no.finding.said, HasSubstr("an RPC server without e1af8308"));
}

TEST(Rpc, OverHttpTheBannerComesFirst) {
  const Row& row = row_of("store-http");
  const Heard heard = hear(row, {"ncacn_http/1.0", bind_ack(dcerpc::ContextResult::acceptance)});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_FALSE(hear(row, {"HTTP/1.1 400 Bad Request\r\n"}).finding.speaks);
  EXPECT_THAT(hear(row, {}).sent, IsEmpty());
}

TEST(X400, AHostThatRefusesTheSessionSpeaksIt) {
  const Row& row = row_of("x400");
  const std::string request = hear(row, {}).sent.at(0);
  osi::Responder server;
  const std::string confirm = text(server.on_bytes(bytes_of(request)).bytes);
  const std::string session = hear(row, {confirm}).sent.at(1);
  const std::string refusal = text(server.on_bytes(bytes_of(session)).bytes);
  const Heard heard = hear(row, {confirm, refusal});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_THAT(heard.finding.said, HasSubstr("session refused"));
  EXPECT_FALSE(hear(row, {confirm}).finding.speaks);  // T.120 has the same transport
}

std::string in_tpkt(std::string_view hex) {
  return text(osi::tpkt(from_hex(hex)));
}

// X.224 13.4: CC, class 0. T.125: Connect-Response, result 0 or 12, called connect id 0.
constexpr std::string_view kConfirm = "06 d0 0000 1234 00";
constexpr std::string_view kResponse = "02f080 7f66 10 0a010c 020100 3008 00050014 7c000100";

TEST(T120, AsksWhichConferencesThereAre) {
  const Heard heard = hear(row_of("t120"), {in_tpkt(kConfirm), in_tpkt(kResponse)});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.finding.said, "MCS connect: result 12");
  EXPECT_EQ(fact_of(heard.finding, "conference-control"), "T.124");
  // T.124 ConnectData in aligned PER: the key {0 0 20 124 0 1}, two octets of
  // conferenceQueryRequest.
  EXPECT_THAT(heard.sent.at(1), HasSubstr(octets("040a 00 05 0014 7c00 01 02 2000")));
  EXPECT_FALSE(hear(row_of("t120"), {in_tpkt(kConfirm)}).finding.speaks);
}

// Q.931 4: discriminator 8, the call reference with the answerer's flag, STATUS, cause 81, state 0.
TEST(H323, AStatusEnquiryRingsAtNobody) {
  const Heard heard =
      hear(row_of("h323"), {in_tpkt("08 02 8015 7d 0802 80d1 1401 00")}, about(0x15));
  EXPECT_THAT(heard.sent, ElementsAre(in_tpkt("08 02 0015 75")));
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.finding.said, "Q.931 STATUS");
  EXPECT_EQ(fact_of(heard.finding, "cause"), "81");
  EXPECT_EQ(fact_of(heard.finding, "call-state"), "0");
  EXPECT_FALSE(hear(row_of("h323"), {in_tpkt("08 02 8016 7d")}, about(0x15)).finding.speaks);
}

TEST(Strangers, AreNamedByTheirFirstBytes) {
  EXPECT_EQ(describe_stranger(bytes_of("SSH-2.0-OpenSSH_9.2\r\n")), "SSH: SSH-2.0-OpenSSH_9.2");
  EXPECT_EQ(describe_stranger(bytes_of("220 files FTP ready\r\n")), "FTP: 220 files FTP ready");
  EXPECT_EQ(describe_stranger(from_hex("15030100020228")), "TLS");
  EXPECT_EQ(describe_stranger(bytes_of("hello\r\nthere")), "hello");
  EXPECT_EQ(describe_stranger(from_hex("00ff1b5b324a")), "octets 00ff1b5b324a");
}

TEST(Table, NamesAndPortsAreFound) {
  EXPECT_EQ(rows_of_service("DNS").size(), 2U);
  EXPECT_EQ(rows_of_port(80).size(), 2U);
  EXPECT_THAT(rows_of_port(0), IsEmpty());
  for (const Row& row : table()) {
    EXPECT_NE(row.make, nullptr) << row.service;
    EXPECT_FALSE(row.about.empty()) << row.service;
  }
}

}  // namespace
}  // namespace pinhole::probe
