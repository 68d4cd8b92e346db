package config

import "testing"

func TestParseCommandLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		want commandLine
	}{
		{nil, commandLine{}},
		{[]string{"a.conf"}, commandLine{file: "a.conf"}},
		{[]string{"", "--port", "1"}, commandLine{options: `port "1" `}},
		{[]string{"-"}, commandLine{stdin: true}},
		{[]string{"-", "--port", "1"}, commandLine{stdin: true, options: `port "1" `}},
		{[]string{"--port", "1", "-"}, commandLine{stdin: true, options: `port "1" `}},
		{[]string{"a.conf", "-"}, commandLine{file: "a.conf", stdin: true}},
		{[]string{"--port", "1", "-", "--hz", "2"}, commandLine{options: "port \"1\" \"-\" \nhz \"2\" "}},
		{[]string{"a.conf", "--port", "1", "--hz", "2"}, commandLine{file: "a.conf", options: "port \"1\" \nhz \"2\" "}},
		{[]string{"--port 1", "--hz 2"}, commandLine{options: "port 1 \nhz 2 "}},
		{[]string{"--port", "--hz", "2"}, commandLine{options: `port "--hz" "2" `}},
		{[]string{"--bind", "a", "b"}, commandLine{options: `bind "a" "b" `}},
		{[]string{"--save"}, commandLine{options: `save ""`}},
		{[]string{"--save", ""}, commandLine{options: `save "" `}},
		{[]string{"--SAVE", "--hz", "2"}, commandLine{options: "SAVE \"\"\nhz \"2\" "}},
		{[]string{"--sentinel", "--hz", "2"}, commandLine{options: "sentinel \nhz \"2\" "}},
		{[]string{"--sentinel"}, commandLine{options: "sentinel "}},
		{[]string{"--hz"}, commandLine{options: "hz "}},
		{[]string{"-x"}, commandLine{options: `"-x" `}},
		{[]string{"--a", "x\n\"y"}, commandLine{options: `a "x\n\"y" `}},
	} {
		if got := parseCommandLine(c.args); got != c.want {
			t.Errorf("%q: got %+v, want %+v", c.args, got, c.want)
		}
	}
}
