#include "unit.h"

#include <stdbool.h>

#include "base/address.h"

static void failures_are_counted_by_ipv4_address_or_64_bits_of_ipv6(
    void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:0201", "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "2001:db8:1:2::", "2001:db8:1:2::/64" },
		{ "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64" },
		{ "2001:db8:1:3::1", "2001:db8:1:3::/64" },
		{ "2001:db8:1111:2222:3333:4444:5555:6666",
		    "2001:db8:1111:2222::/64" },
		{ "fe80::1%eth0", "fe80::/64" },
		{ "::1", "::/64" },
		{ "-", "-" },
		{ "example.org", "example.org" },
		{ "192.0.2.1.5", "192.0.2.1.5" },
	};
	char group[ADDRESS_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		address_group(rows[i][0], group);
		assert_string_equal(group, rows[i][1]);
	}
}

static void what_is_no_address_is_cut(void **state)
{
	char text[100], group[ADDRESS_SIZE];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	address_group(text, group);
	assert_int_equal(strlen(group), ADDRESS_SIZE - 1);
}

static void loopback_and_private_addresses_are_known(void **state)
{
	static const struct {
		const char *address;
		bool is_loopback, is_private;
	} rows[] = {
		{ "127.0.0.1", true, true },
		{ "127.255.255.255", true, true },
		{ "::1", true, true },
		{ "::ffff:127.0.0.2", true, true },
		{ "128.0.0.1", false, false },
		{ "::2", false, false },
		{ "10.0.0.1", false, true },
		{ "11.0.0.1", false, false },
		{ "172.16.0.1", false, true },
		{ "172.31.255.255", false, true },
		{ "172.32.0.1", false, false },
		{ "172.15.0.1", false, false },
		{ "192.168.1.1", false, true },
		{ "192.169.1.1", false, false },
		{ "169.254.1.1", false, true },
		{ "100.64.0.1", false, true },
		{ "100.127.0.1", false, true },
		{ "100.128.0.1", false, false },
		{ "::ffff:10.1.2.3", false, true },
		{ "fd00::1", false, true },
		{ "fc00::1", false, true },
		{ "fe80::1%eth0", false, true },
		{ "fe00::1", false, false },
		{ "2001:db8::1", false, false },
		{ "192.0.2.1", false, false },
		{ "-", false, true },
		{ "", false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (address_is_loopback(rows[i].address) !=
			rows[i].is_loopback ||
		    address_is_private(rows[i].address) != rows[i].is_private)
			fail_msg("%s", rows[i].address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    failures_are_counted_by_ipv4_address_or_64_bits_of_ipv6),
		cmocka_unit_test(what_is_no_address_is_cut),
		cmocka_unit_test(loopback_and_private_addresses_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
