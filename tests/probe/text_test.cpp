// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/talking.hpp"

namespace pinhole::probe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

Heard hear(std::string_view service, const std::vector<std::string>& says) {
  Context context = about(7);
  context.host = "mail.example.net";
  const Heard whole = talk_to(row_of(service), says, 65536, context);
  const Heard slow = talk_to(row_of(service), says, 1, context);
  EXPECT_EQ(whole.finding, slow.finding);
  EXPECT_EQ(whole.sent, slow.sent);
  EXPECT_EQ(whole.end, slow.end);
  return whole;
}

// The greeting and the extensions of Exchange 2003.
const std::vector<std::string> kExchange{
    "220 ex1.example.net Microsoft ESMTP MAIL Service, Version: 6.0.3790.1830 ready\r\n",
    "250-ex1.example.net Hello [10.0.0.9]\r\n250-SIZE\r\n250-STARTTLS\r\n250-X-LINK2STATE\r\n"
    "250-XEXCH50\r\n250 OK\r\n",
    "220 2.0.0 SMTP server ready\r\n"};

TEST(Smtp, AsksForTlsWhereItIsOffered) {
  const Heard heard = hear("smtp", kExchange);
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.end, Step::Then::start_tls);
  EXPECT_THAT(heard.sent, ElementsAre("EHLO probe.invalid\r\n", "STARTTLS\r\n"));
  EXPECT_THAT(heard.finding.said, StartsWith("ex1.example.net Microsoft ESMTP"));
  EXPECT_EQ(fact_of(heard.finding, "extensions"), "SIZE, STARTTLS, X-LINK2STATE, XEXCH50, OK");
  EXPECT_EQ(fact_of(heard.finding, "x-link2state"), "offered");
  EXPECT_EQ(fact_of(heard.finding, "starttls"), "offered");
}

TEST(Smtp, InsideTlsItAsksForNoOther) {
  const Heard heard = hear("smtp-tls", kExchange);
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_THAT(heard.sent, ElementsAre("EHLO probe.invalid\r\n", "QUIT\r\n"));
}

TEST(Smtp, OldServersTakeHelo) {
  const Heard heard = hear("smtp", {"220 old\r\n", "500 what?\r\n", "250 old\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.sent.at(1), "HELO probe.invalid\r\n");
}

TEST(Smtp, AnFtpServerGreetsAlikeAndIsNone) {
  const Heard heard = hear("smtp", {"220 files FTP\r\n", "500 EHLO?\r\n", "500 HELO?\r\n"});
  EXPECT_FALSE(heard.finding.speaks);
}

TEST(Smtp, AServerThatRefusesIsStillOne) {
  EXPECT_TRUE(hear("smtp", {"554 no service here\r\n"}).finding.speaks);
  EXPECT_TRUE(hear("smtp", {"421 mx SMTP too busy\r\n"}).finding.speaks);
  EXPECT_FALSE(hear("smtp", {"421 too busy\r\n"}).finding.speaks);
}

TEST(Pop3, ListsWhatItCanAndStartsTls) {
  const Heard heard =
      hear("pop3", {"+OK ready\r\n", "+OK\r\nUIDL\r\nSTLS\r\n.\r\n", "+OK begin\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.end, Step::Then::start_tls);
  EXPECT_EQ(fact_of(heard.finding, "capabilities"), "UIDL, STLS");
}

TEST(Pop3, WithoutCapaStlsIsTriedAllTheSame) {
  const Heard heard = hear("pop3", {"+OK ready\r\n", "-ERR\r\n", "-ERR\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_THAT(heard.sent, ElementsAre("CAPA\r\n", "STLS\r\n", "QUIT\r\n"));
}

TEST(Imap4, ListsWhatItCanAndStartsTls) {
  const Heard heard =
      hear("imap4", {"* OK IMAP4 ready\r\n", "* CAPABILITY IMAP4rev1 STARTTLS\r\np1 OK done\r\n",
                     "p2 OK begin\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.end, Step::Then::start_tls);
  EXPECT_EQ(fact_of(heard.finding, "capabilities"), "IMAP4rev1, STARTTLS");
  EXPECT_TRUE(hear("imap4", {"* BYE too many\r\n"}).finding.speaks);
  EXPECT_FALSE(hear("imap4", {"+OK a POP3 server\r\n"}).finding.speaks);
}

TEST(Nntp, NeedsMoreThanAGreeting) {
  const Heard heard =
      hear("nntp", {"201 news\r\n", "101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n", "382 go on\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.end, Step::Then::start_tls);
  EXPECT_EQ(fact_of(heard.finding, "posting"), "prohibited");
  EXPECT_FALSE(hear("nntp", {"200 anything\r\n"}).finding.speaks);
  EXPECT_TRUE(hear("nntp", {"400 load at 16.51, try later\r\n"}).finding.speaks);
  EXPECT_TRUE(
      hear("nntp", {"200 NNTP Service 6.0\r\n", "500 unknown\r\n", "202 list\r\nOVER\r\n.\r\n"})
          .finding.speaks);
}

TEST(Http, AsksForWhatExchangeHasThere) {
  const Heard heard = hear(
      "http",
      {"HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/6.0\r\n\r\n",
       "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nwww-authenticate: NTLM\r\n\r\n",
       "HTTP/1.1 302 Found\r\nLocation: https://mail/owa/\r\n\r\n",
       "HTTP/1.0 404 Not Found\r\n\r\n", "HTTP/1.1 403 Forbidden\r\n\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(heard.finding.said, "Microsoft-IIS/6.0");
  EXPECT_EQ(fact_of(heard.finding, "owa-2000"), "401 Unauthorized (Negotiate, NTLM)");
  EXPECT_EQ(fact_of(heard.finding, "owa"), "302 Found to https://mail/owa/");
  EXPECT_EQ(fact_of(heard.finding, "rpc-proxy"), "404 Not Found");
  EXPECT_EQ(fact_of(heard.finding, "autodiscover"), "403 Forbidden");
  EXPECT_THAT(heard.sent, SizeIs(5));
  EXPECT_THAT(heard.sent.at(3),
              HasSubstr("GET /rpc/rpcproxy.dll HTTP/1.1\r\nHost: mail.example.net"));
}

TEST(Http, WhatIsNoHttpIsNone) {
  EXPECT_FALSE(hear("http", {"220 smtp\r\n"}).finding.speaks);
  EXPECT_FALSE(hear("http", {"HTTP/1.1 abc what\r\n"}).finding.speaks);
}

// The header of each request and response of the draft: RVP-Notifications-Version.
TEST(Rvp, IsHttpWithAVersionOfItsOwn) {
  const Heard heard =
      hear("rvp", {"HTTP/1.1 207 Multi-Status\r\nRVP-Notifications-Version: 0.2\r\n\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_THAT(heard.sent.at(0), StartsWith("PROPFIND /instmsg/aliases/ HTTP/1.1\r\n"));
  EXPECT_THAT(heard.sent.at(0), HasSubstr("\r\nRVP-Notifications-Version: 0.2\r\n"));
  EXPECT_FALSE(hear("rvp", {"HTTP/1.1 405 no\r\nAllow: GET\r\n\r\n"}).finding.speaks);
}

// draft-pfenning-irc-extensions-04 5.1: state, version, packages, greatest message, options.
TEST(Irc, AnIrcxServerNamesItsVersion) {
  const Heard heard = hear("irc", {":chat 800 * 0 0 NTLM,ANON 512 *\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(fact_of(heard.finding, "ircx"), "offered");
  EXPECT_EQ(fact_of(heard.finding, "ircx-authentication"), "NTLM,ANON");
  EXPECT_THAT(heard.sent, ElementsAre("MODE ISIRCX\r\n", "QUIT\r\n"));
}

TEST(Irc, AnotherOneDoesNotKnowUs) {
  const Heard heard =
      hear("irc", {"NOTICE AUTH :*** Looking up\r\n", ":irc 451 * :You have not registered\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(fact_of(heard.finding, "ircx"), "not offered");
  EXPECT_TRUE(hear("irc", {"NOTICE AUTH :*** Looking up\r\n"}).finding.speaks);
  EXPECT_FALSE(hear("irc", {"220 smtp\r\n"}).finding.speaks);
}

TEST(LinkState, SaysItsVersion) {
  const Heard heard =
      hear("link-state",
           {"{0000004c} NODEINFO (5) {38}Version: 6.5.6944.0 Microsoft Routing Server ready\r\n"});
  EXPECT_TRUE(heard.finding.speaks);
  EXPECT_EQ(fact_of(heard.finding, "version"), "6.5.6944.0");
  EXPECT_THAT(heard.sent, IsEmpty());
  EXPECT_FALSE(hear("link-state", {"{0000004c} NODEINFO\r\n"}).finding.speaks);
}

TEST(Unwritten, NothingProvesIt) {
  const Heard heard = hear("uls", {"anything at all\r\n"});
  EXPECT_FALSE(heard.finding.speaks);
  EXPECT_THAT(heard.sent, IsEmpty());
}

}  // namespace
}  // namespace pinhole::probe
