package markdown

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	var text strings.Builder
	require.NoError(t, Header(&text, "name", "old_ns"))
	require.NoError(t, Row(&text, "a|b*c", "1 <2>"))
	require.Equal(t, "| name | old\\_ns |\n|---|--:|\n| a\\|b\\*c | 1 &lt;2> |\n", text.String())
}
